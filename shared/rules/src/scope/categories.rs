//! The categories that patients must be able to choose one by one (45 CFR 170.315(g)(10), US Core), and their names.

use super::{
    permissions::Permissions,
    query::Query,
    resource::{Level, ResourceScope, ResourceType},
};

/// One `category=` limit with a name that a patient understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Category {
    pub resource_type: &'static str,
    /// `system|code`, as the certification tests write it in the scope.
    pub token: &'static str,
    pub name: &'static str,
}

macro_rules! observation_category {
    ($code:literal) => {
        concat!("http://terminology.hl7.org/CodeSystem/observation-category|", $code)
    };
}

pub const ONC_CATEGORIES: [Category; 9] = [
    Category {
        resource_type: "Condition",
        token: "http://terminology.hl7.org/CodeSystem/condition-category|encounter-diagnosis",
        name: "diagnoses made at visits",
    },
    Category {
        resource_type: "Condition",
        token: "http://terminology.hl7.org/CodeSystem/condition-category|problem-list-item",
        name: "problems on the problem list",
    },
    Category {
        resource_type: "Condition",
        token: "http://hl7.org/fhir/us/core/CodeSystem/condition-category|health-concern",
        name: "health concerns",
    },
    Category { resource_type: "Observation", token: observation_category!("laboratory"), name: "laboratory results" },
    Category { resource_type: "Observation", token: observation_category!("vital-signs"), name: "vital signs" },
    Category {
        resource_type: "Observation",
        token: observation_category!("social-history"),
        name: "social history, such as smoking and occupation",
    },
    Category {
        resource_type: "Observation",
        token: observation_category!("survey"),
        name: "answers to questionnaires and assessments",
    },
    Category {
        resource_type: "Observation",
        token: "http://hl7.org/fhir/us/core/CodeSystem/us-core-category|sdoh",
        name: "living circumstances, such as housing and food",
    },
    Category {
        resource_type: "Observation",
        token: observation_category!("procedure"),
        name: "results of clinical tests, such as an ECG",
    },
];

impl Category {
    /// The categories a resource scope can be split into on a consent page: those of its type, unless it is limited
    /// already.
    pub fn choices_for(scope: &ResourceScope) -> impl Iterator<Item = &'static Category> {
        let resource_type = scope.resource.as_str().to_owned();
        let splittable = scope.query.is_unlimited();
        ONC_CATEGORIES.iter().filter(move |category| splittable && category.resource_type == resource_type)
    }

    /// The category that a query is limited to, if that is all it says.
    pub fn of(resource: &ResourceType, query: &Query) -> Option<&'static Category> {
        let [parameter] = query.parameters() else { return None };
        if parameter.name() != "category" || parameter.modifier().is_some() {
            return None;
        }
        ONC_CATEGORIES
            .iter()
            .find(|known| known.resource_type == resource.as_str() && known.is_token(parameter.value()))
    }

    /// The scope for this category alone.
    pub fn scope(&self, level: Level, permissions: Permissions) -> Option<ResourceScope> {
        let query = Query::parse(&format!("category={}", self.token)).ok()?;
        let resource = ResourceType::parse(self.resource_type)?;
        Some(ResourceScope::new(level, resource, permissions).limited_to(query))
    }

    /// Apps in the field also write the code without its system.
    fn is_token(&self, value: &str) -> bool {
        self.token == value || self.token.rsplit_once('|').is_some_and(|(_, code)| code == value)
    }
}

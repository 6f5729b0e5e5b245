#!/usr/bin/env python3
"""The stack as CloudFormation gets it: infra/template.yaml after AWS's own transform, with each set of parameters that the documents
name. `tests/run` runs it with the Python of SAM, which brings the transform; cfn-lint comes from the PATH.

Each check is a sentence about the transformed template. What CloudFormation itself would say to it, only CloudFormation knows.
"""
import itertools
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")
import samtranslator.translator.transform as sam
from samtranslator.yaml_helper import yaml_parse

SOURCE = pathlib.Path(__file__).parents[2] / "infra" / "template.yaml"

# As in samconfig.toml, infra/README.md, docs/*.md and infra/fhir-apis.md.
DOMAIN = {"DomainName": "auth.example.org", "CertificateArn": "arn:aws:acm:eu-central-1:111122223333:certificate/1", "HostedZoneId": "Z1"}
STAGES = {
    "as it comes": {},
    "dev": {"DeletionProtection": "false", "LogRetentionDays": "7", "Deployment": "AllAtOnce"},
    "prod": DOMAIN | {"AlarmTopicArn": "arn:aws:sns:eu-central-1:111122223333:alarms"},
    "with HealthLake": DOMAIN | {"HealthLake": "true"},
    "with an authorizer": {"AuthorizerFor": "clinic=https://fhir.example.org/r4"},
    "restored, in a VPC, behind a front": DOMAIN | {
        "TableArn": "arn:aws:dynamodb:eu-central-1:111122223333:table/admit-restored",
        "VpcSubnetIds": "subnet-1,subnet-2",
        "VpcSecurityGroupIds": "sg-1",
        "FrontSecrets": "a" * 32,
    },
    "with both, on x86": DOMAIN | {"HealthLake": "true", "AuthorizerFor": "clinic=https://fhir.example.org/r4", "Architecture": "x86_64"},
}

# Which conditions hold wherever another does: the template has a rule for it.
IMPLY = {"HasDomain": ["HasZone"]}


class Policies:
    """SAM's own policy templates, of which the stack uses none."""

    def load(self):
        return {}


def transformed(parameters, text=None):
    template = yaml_parse(text or SOURCE.read_text())
    for function in of_type(template, "AWS::Serverless::Function").values():
        function["Properties"]["CodeUri"] = "s3://bucket/code"
    values = {name: str(parameter["Default"]) for name, parameter in template["Parameters"].items()}
    return sam.transform(template, values | parameters, Policies())


def of_type(template, kind):
    return {name: resource for name, resource in template["Resources"].items() if resource["Type"] == kind}


def references(value):
    """The logical ids that a value refers to, outside of `Fn::If`, whose branches are only taken where their condition holds."""
    if isinstance(value, list):
        yield from itertools.chain.from_iterable(map(references, value))
    if not isinstance(value, dict):
        return
    for name, inner in value.items():
        if name == "Ref":
            yield inner
        elif name == "Fn::GetAtt":
            yield (inner if isinstance(inner, str) else inner[0]).split(".")[0]
        elif name == "Fn::Sub":
            text, own = (inner, {}) if isinstance(inner, str) else inner
            yield from (found.split(".")[0] for found in re.findall(r"\$\{([^!}]+)\}", text) if found not in own)
            yield from references(own)
        elif name == "DependsOn":
            yield from [inner] if isinstance(inner, str) else inner
        elif name != "Fn::If":
            yield from references(inner)


def texts(value):
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts(inner)


def parameters_of(value, conditions):
    """The names that a value refers to, and those of the conditions on which it depends."""
    found = set(references(value))
    if isinstance(value, list):
        return found.union(*(parameters_of(one, conditions) for one in value))
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "Fn::If":
                found |= parameters_of(conditions[inner[0]], conditions)
            if name == "Condition" and inner in conditions:
                found |= parameters_of(conditions[inner], conditions)
            found |= parameters_of(inner, conditions)
    return found


def longest_value(parameter):
    if "AllowedValues" in parameter:
        return max(map(len, parameter["AllowedValues"]))
    if "MaxLength" in parameter:
        return int(parameter["MaxLength"])
    # `[a-z-]+` is a partition or a region, of 20 characters at most.
    pattern = parameter["AllowedPattern"].split("|")[-1]
    bounded = re.sub(r"\[[^]]*\]\{(?:\d+,)?(\d+)\}", lambda found: "x" * int(found[1]), pattern)
    return len(re.sub(r"\[[^]]*\]\+", "x" * 20, bounded))


class TransformedStack(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stages = {stage: transformed(parameters) for stage, parameters in STAGES.items()}

    def test_the_linter_has_nothing_to_say(self):
        for stage, template in self.stages.items():
            with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
                json.dump(template, file)
                file.flush()
                # W2001: the transform has put the parameter's value where the parameter stood. W1030: the defaults of parameters are tried.
                lint = subprocess.run(["cfn-lint", "-i", "W2001", "W1030", "--", file.name], capture_output=True, text=True)
            self.assertEqual(lint.returncode, 0, stage + lint.stdout + lint.stderr)

    def test_nothing_unconditional_refers_to_something_conditional(self):
        for stage, template in self.stages.items():
            conditions = {name: resource.get("Condition") for name, resource in template["Resources"].items()}
            for name, resource in template["Resources"].items():
                for other in references({key: value for key, value in resource.items() if key != "Metadata"}):
                    if conditions.get(other):
                        self.assertIn(conditions[name], [conditions[other], *IMPLY.get(conditions[other], [])], f"{name} refers to {other}")

    def test_no_physical_name_is_the_same_in_two_stacks_of_an_account(self):
        for stage, template in self.stages.items():
            for name, resource in template["Resources"].items():
                for key, value in resource.get("Properties", {}).items():
                    if key in NAMES.get(resource["Type"], ()):
                        self.assertIn("AWS::StackName", json.dumps(value), f"{name}: {key}")
            for schedule in of_type(template, "AWS::Scheduler::Schedule").values():
                self.assertNotIn("Name", schedule["Properties"])

    def test_no_pattern_takes_what_belongs_to_a_stack_whose_name_begins_alike(self):
        # `${AWS::StackName}-*` of `admit` is also `admit-dev-…`.
        for stage, template in self.stages.items():
            for name, resource in template["Resources"].items():
                for text in texts(resource.get("Properties", {})):
                    self.assertNotRegex(text, r"\$\{AWS::StackName\}-?\*|SEARCH\(", name)

    def test_metrics_of_ours_are_of_one_stack(self):
        for stage, template in self.stages.items():
            for name, alarm in of_type(template, "AWS::CloudWatch::Alarm").items():
                namespace = alarm["Properties"].get("Namespace", "AWS/")
                of_stack = namespace == {"Fn::Sub": "Admit/${AWS::StackName}"}
                self.assertTrue(of_stack or str(namespace).startswith("AWS/"), f"{name}: {namespace}")
            for name, function in of_type(template, "AWS::Lambda::Function").items():
                variables = function["Properties"]["Environment"]["Variables"]
                self.assertEqual(variables["ADMIT_METRICS"], {"Fn::Sub": "Admit/${AWS::StackName}"}, name)

    def test_a_failed_or_deleted_stack_can_be_created_again(self):
        # A version of a function goes with its function, whatever its policy says.
        for stage, template in self.stages.items():
            for name, resource in template["Resources"].items():
                policy = resource.get("DeletionPolicy", "Delete")
                if policy == "Delete" or resource["Type"] == "AWS::Lambda::Version":
                    continue
                self.assertEqual(policy, "RetainExceptOnCreate", name)
                named = set(resource["Properties"]) & set(NAMES.get(resource["Type"], ()))
                self.assertEqual(named, set(), f"{name} stays, and the next stack wants its name")

    def test_whatever_invokes_a_function_invokes_the_alias_that_deployments_move(self):
        for stage, template in self.stages.items():
            functions = of_type(template, "AWS::Lambda::Function")
            aliases = {name + "Aliaslive" for name in functions}
            callers = [
                *((name, permission["Properties"]["FunctionName"]) for name, permission in of_type(template, "AWS::Lambda::Permission").items()),
                *((name, heard["Properties"]["DestinationArn"]) for name, heard in of_type(template, "AWS::Logs::SubscriptionFilter").items()),
                *((name, schedule["Properties"]["Target"]["Arn"]) for name, schedule in of_type(template, "AWS::Scheduler::Schedule").items()),
                *((name, output["Value"]) for name, output in template["Outputs"].items() if name.endswith("Function")),
            ]
            self.assertGreater(len(callers), 20)
            for name, target in callers:
                self.assertIn(target.get("Ref"), aliases, f"{name}: {target}")
            for text in texts(template["Resources"]["Api"]):
                self.assertNotRegex(text, r"functions/\$\{\w+Function\.Arn\}")

    def test_a_property_of_a_function_that_changes_makes_a_version_of_it(self):
        source = SOURCE.read_text()
        versions = lambda text: set(of_type(transformed({}, text), "AWS::Lambda::Version"))
        for before, after in [("MemorySize: 1024", "MemorySize: 2048"), ("Timeout: 300", "Timeout: 200"), ("ADMIT_AUDIT: sealed", "ADMIT_AUDIT: plain")]:
            self.assertIn(before, source)
            self.assertNotEqual(versions(source.replace(before, after)), versions(source), after)

    def test_a_parameter_that_changes_makes_a_version_of_each_function_that_it_is_for(self):
        # CloudFormation replaces a version whose description changes. What does not fit into one, or is a secret, is told with Release.
        for stage, template in self.stages.items():
            parameters, conditions = template["Parameters"], template["Conditions"]
            told = set(re.findall(r"\b[A-Z]\w+\b", parameters["Release"]["Description"])) & set(parameters)
            versions = {version["Properties"]["FunctionName"]["Ref"]: version["Properties"] for version in of_type(template, "AWS::Lambda::Version").values()}
            for name, function in of_type(template, "AWS::Lambda::Function").items():
                description = versions[name]["Description"]["Fn::Sub"]
                described = set(re.findall(r"\$\{(\w+)\}", description))
                used = parameters_of(function["Properties"], conditions) & set(parameters)
                self.assertLessEqual(used, described | told, name)
                self.assertLessEqual(described, used, f"{name}: Lambda makes no version of what has not changed")
                self.assertIn("Release", described)
                self.assertIn("LogFilter", used, "the parameters of a function are found")
                self.assertEqual([one for one in described if parameters[one].get("NoEcho")], [], "a description is no place for secrets")
                longest = sum(longest_value(parameters[one]) for one in described) + len(re.sub(r"\$\{\w+\}", "", description))
                self.assertLessEqual(longest, 256, name)

    def test_every_log_that_is_heard_may_invoke_the_audit_function(self):
        for stage, template in self.stages.items():
            allowed = {json.dumps(permission["Properties"].get("SourceArn")) for permission in of_type(template, "AWS::Lambda::Permission").values()}
            for name, heard in of_type(template, "AWS::Logs::SubscriptionFilter").items():
                log = heard["Properties"]["LogGroupName"]["Ref"]
                self.assertIn(json.dumps({"Fn::GetAtt": [log, "Arn"]}), allowed, name)


# The properties that are names of the account or of the region, by type of resource.
NAMES = {
    "AWS::ApiGatewayV2::Api": ["Name"],
    "AWS::CloudWatch::Alarm": ["AlarmName"],
    "AWS::CloudWatch::Dashboard": ["DashboardName"],
    "AWS::CodeDeploy::Application": ["ApplicationName"],
    "AWS::DynamoDB::Table": ["TableName"],
    "AWS::IAM::Role": ["RoleName"],
    "AWS::KMS::Alias": ["AliasName"],
    "AWS::Lambda::Function": ["FunctionName"],
    "AWS::Logs::LogGroup": ["LogGroupName"],
    "AWS::Scheduler::Schedule": ["Name"],
    "AWS::Scheduler::ScheduleGroup": ["Name"],
    "AWS::SNS::Topic": ["TopicName"],
    "AWS::SQS::Queue": ["QueueName"],
}

if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])

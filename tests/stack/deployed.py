#!/usr/bin/env python3
"""The transformed stack, given to an emulated CloudFormation: made, changed, deleted, made again, and a second one beside it.

What the emulator does not know is left out, and named in `emulated.py`: CodeDeploy, and alarms over an expression.
"""
import unittest

from emulated import CAPABILITIES, EmulatedCloud


class DeployedStack(EmulatedCloud):
    def physical_ids(self, name):
        resources = self.cloudformation.describe_stack_resources(StackName=name)["StackResources"]
        # A stage is named within its API.
        of_account = [resource for resource in resources if resource["ResourceType"] != "AWS::ApiGatewayV2::Stage"]
        return {(resource["ResourceType"], resource.get("PhysicalResourceId")) for resource in of_account}

    def live(self, name):
        """The version that requests for a token get."""
        return self.client("lambda").get_alias(FunctionName=f"{name}-token", Name="live")["FunctionVersion"]

    def test_a_stack_is_made_changed_and_made_again_after_it_was_deleted(self):
        first = self.create("admit-dev", {"DeletionProtection": "false"})
        # The switches that make functions, and take them away again.
        both = {"DeletionProtection": "false", "HealthLake": "true", "AuthorizerFor": "clinic=https://fhir.example.org/r4"}
        for parameters, expected in [(both, True), ({"DeletionProtection": "false", "LogFilter": "debug"}, False)]:
            self.cloudformation.update_stack(StackName="admit-dev", Capabilities=CAPABILITIES, **self.template(parameters))
            outputs = self.settled("admit-dev", "UPDATE_COMPLETE")
            self.assertEqual(outputs["TableName"], first["TableName"])
            self.assertEqual({"HealthLakeFunction", "AuthorizerFunction"} <= set(outputs), expected)
        for changed in [{"LogFilter": "warn"}, {"LogFilter": "warn", "Release": "2"}]:
            before = self.live("admit-dev")
            self.cloudformation.update_stack(StackName="admit-dev", Capabilities=CAPABILITIES, **self.template({"DeletionProtection": "false"} | changed))
            self.settled("admit-dev", "UPDATE_COMPLETE")
            self.assertNotEqual(self.live("admit-dev"), before, f"{changed} reaches no request")
        self.delete("admit-dev")
        tables = self.client("dynamodb").list_tables()["TableNames"]
        self.assertIn(first["TableName"], tables, "what people have entrusted to it stays")
        # The emulator gives it the name that it had; CloudFormation makes names at random.
        self.create("admit-dev", {"DeletionProtection": "false"})

    def test_two_stacks_of_an_account_share_nothing(self):
        # A name that begins as the other does.
        self.create("admit")
        self.create("admit-two")
        self.assertEqual(self.physical_ids("admit") & self.physical_ids("admit-two"), set())
        self.assertGreater(len(self.physical_ids("admit")), 60)


if __name__ == "__main__":
    unittest.main()

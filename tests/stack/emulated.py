"""An emulated CloudFormation (ministack), for tests of the transformed stack.

Left out of the template, since the emulator does not know it: CodeDeploy, and alarms over an expression.
"""
import io
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.request
import zipfile

REGION = "eu-central-1"
os.environ.update(AWS_DEFAULT_REGION=REGION, AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test")
import boto3
from botocore.exceptions import ClientError
from transformed import of_type, transformed

BUCKET = "code"
CAPABILITIES = ["CAPABILITY_IAM"]


def folder(function):
    """Of a function in the template: `LaunchContextFunction` is `launch-context`."""
    return re.sub(r"(?<!^)([A-Z])", r"-\1", function.removesuffix("Function")).lower()


def for_the_emulator(parameters, functions=()):
    """With the real code of these functions, by their folders."""
    template = transformed(parameters)
    resources = template["Resources"]
    unknown = [
        name for name, resource in resources.items()
        if resource["Type"].startswith("AWS::CodeDeploy::") or (resource["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in resource["Properties"])
    ]
    for name in unknown:
        del resources[name]
    for resource in resources.values():
        resource.pop("UpdatePolicy", None)
    for name, function in of_type(template, "AWS::Lambda::Function").items():
        key = folder(name) if folder(name) in functions else "code"
        function["Properties"]["Code"] = {"S3Bucket": BUCKET, "S3Key": key}
    return template


class EmulatedCloud(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.home, True)
        # A port that is free now can be another's in a moment.
        cls.url = next(filter(None, (cls.started() for _ in range(3))))
        s3 = cls.client("s3")
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("bootstrap", "#!/bin/sh\n")
        s3.put_object(Bucket=BUCKET, Key="code", Body=code.getvalue())
        cls.cloudformation = cls.client("cloudformation")

    @classmethod
    def started(cls):
        """Where the emulator listens, or None if it does not."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        environment = os.environ | {
            "GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "MINISTACK_REGION": REGION, "HOME": cls.home,
            # For the functions.
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            # Others would take ports of their own.
            "IOT_MTLS_ENABLED": "0",
            "SERVICES": "cloudformation,s3,iam,sts,lambda,logs,monitoring,kms,dynamodb,apigateway,scheduler,route53,acm",
        }
        emulator = subprocess.Popen(["ministack"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cls.addClassCleanup(emulator.wait)
        cls.addClassCleanup(emulator.terminate)
        for _ in range(240):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_ministack/health", timeout=2)
                return f"http://127.0.0.1:{port}"
            except OSError:
                if emulator.poll() is not None:
                    return None
                time.sleep(0.25)
        return None

    @classmethod
    def client(cls, service):
        return boto3.client(service, endpoint_url=cls.url)

    def template(self, parameters, functions=()):
        """In S3, where `sam deploy` puts it: it is larger than a request may be."""
        key = f"{abs(hash(json.dumps(parameters, sort_keys=True)))}.json"
        self.client("s3").put_object(Bucket=BUCKET, Key=key, Body=json.dumps(for_the_emulator(parameters, functions)))
        return {"TemplateURL": f"{self.url}/{BUCKET}/{key}", "Parameters": [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()]}

    def create(self, name, parameters={}, functions=()):
        self.cloudformation.create_stack(StackName=name, Capabilities=CAPABILITIES, **self.template(parameters, functions))
        return self.settled(name, "CREATE_COMPLETE")

    def settled(self, name, expected):
        for _ in range(240):
            stack = self.cloudformation.describe_stacks(StackName=name)["Stacks"][0]
            if not stack["StackStatus"].endswith("IN_PROGRESS"):
                break
            time.sleep(0.25)
        if stack["StackStatus"] != expected:
            events = self.cloudformation.describe_stack_events(StackName=name)["StackEvents"]
            failed = [f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason')}" for event in events if "FAILED" in event["ResourceStatus"]]
            self.fail(f"{name} is {stack['StackStatus']}: {failed}")
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}

    def delete(self, name):
        self.cloudformation.delete_stack(StackName=name)
        for _ in range(240):
            try:
                stack = self.cloudformation.describe_stacks(StackName=name)["Stacks"][0]
            except ClientError:
                return
            if stack["StackStatus"] == "DELETE_COMPLETE":
                return
            self.assertNotEqual(stack["StackStatus"], "DELETE_FAILED", stack)
            time.sleep(0.25)
        self.fail(f"{name} is {stack['StackStatus']}")

"""Drives the stand-in as any program with boto3 drives AWS. The argument is its address."""

import base64
import hashlib
import json
import signal
import sys
import urllib.error
import urllib.request

import boto3
from botocore.config import Config

URL = sys.argv[1]
REGION = "eu-west-1"
signal.alarm(50)


def client(service, region=REGION):
    return boto3.client(
        service,
        endpoint_url=URL,
        region_name=region,
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="secret",
        config=Config(retries={"mode": "standard", "max_attempts": 3}),
    )


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except Exception as why:
        found = why.response["Error"]
        assert found["Code"] == code, found
        return found["Message"]
    raise AssertionError(f"{code} was expected")


def route53():
    dns = client("route53")
    zone = dns.create_hosted_zone(Name="example.com", CallerReference="zone")
    assert zone["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert zone["Location"].endswith(zone["HostedZone"]["Id"].removeprefix("/hostedzone/"))
    zone = zone["HostedZone"]["Id"]
    assert [it["Id"] for it in dns.list_hosted_zones()["HostedZones"]] == [zone]
    assert len(dns.get_hosted_zone(Id=zone)["DelegationSet"]["NameServers"]) == 4

    config = {"Type": "HTTPS", "FullyQualifiedDomainName": "www.example.com", "ResourcePath": "/a&b"}
    check = dns.create_health_check(CallerReference="check", HealthCheckConfig=config)["HealthCheck"]
    assert check["HealthCheckConfig"]["Port"] == 443
    assert check["HealthCheckConfig"]["ResourcePath"] == "/a&b"
    assert check["HealthCheckConfig"]["EnableSNI"] is True
    assert dns.list_health_checks()["HealthChecks"] == [check]
    changed = dns.update_health_check(HealthCheckId=check["Id"], HealthCheckVersion=1, Inverted=True)
    assert changed["HealthCheck"]["HealthCheckVersion"] == 2
    refused(
        "HealthCheckVersionMismatch",
        dns.update_health_check,
        HealthCheckId=check["Id"],
        HealthCheckVersion=1,
        Inverted=False,
    )

    def failover(role, address, **more):
        record = {
            "Name": "www.example.com.",
            "Type": "A",
            "SetIdentifier": role.lower(),
            "Failover": role,
            "TTL": 60,
            "ResourceRecords": [{"Value": address}],
        }
        return {"Action": "CREATE", "ResourceRecordSet": record | more}

    pair = [failover("PRIMARY", "192.0.2.1", HealthCheckId=check["Id"]), failover("SECONDARY", "192.0.2.2")]
    done = dns.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": pair})
    assert dns.get_change(Id=done["ChangeInfo"]["Id"])["ChangeInfo"]["Status"] == "INSYNC"
    pages = dns.get_paginator("list_resource_record_sets").paginate(
        HostedZoneId=zone, PaginationConfig={"PageSize": 1}
    )
    found = [it for page in pages for it in page["ResourceRecordSets"]]
    assert [it["Type"] for it in found] == ["NS", "SOA", "A", "A"], found
    assert [it["ResourceRecordSet"] for it in pair] == found[2:], found
    message = refused(
        "InvalidChangeBatch", dns.change_resource_record_sets, HostedZoneId=zone, ChangeBatch={"Changes": pair}
    )
    assert message.startswith("[Tried to create resource record set [name='www.example.com.'"), message
    try:
        dns.get_hosted_zone(Id="ZNONE")
    except dns.exceptions.NoSuchHostedZone:
        pass
    try:
        dns.delete_hosted_zone(Id=zone)
    except dns.exceptions.HostedZoneNotEmpty:
        pass

    tags = {"ResourceType": "healthcheck", "ResourceId": check["Id"]}
    dns.change_tags_for_resource(**tags, AddTags=[{"Key": "owner", "Value": "<me>"}])
    found = dns.list_tags_for_resource(**tags)["ResourceTagSet"]["Tags"]
    assert found == [{"Key": "owner", "Value": "<me>"}], found
    found = dns.list_tags_for_resources(ResourceType="healthcheck", ResourceIds=[check["Id"]])
    assert len(found["ResourceTagSets"]) == 1
    assert dns.get_account_limit(Type="MAX_HEALTH_CHECKS_BY_OWNER")["Limit"]["Value"] == 200
    assert dns.get_health_check_status(HealthCheckId=check["Id"])["HealthCheckObservations"]
    vpc = {"VPCRegion": REGION, "VPCId": "vpc-1"}
    private = dns.create_hosted_zone(Name="in.example", CallerReference="private", VPC=vpc)
    assert dns.get_hosted_zone(Id=private["HostedZone"]["Id"])["VPCs"] == [vpc]


def digest(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def manifest(layer):
    def part(kind, content):
        kind = "application/vnd.oci.image." + kind
        return {"mediaType": kind, "digest": digest(content), "size": len(content)}

    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": part("config.v1+json", b"{}"),
            "layers": [part("layer.v1.tar", layer)],
        }
    )


def ecr():
    there, here = client("ecr", "us-east-1"), client("ecr")
    made = here.create_repository(repositoryName="app", tags=[{"Key": "owner", "Value": "me"}])
    assert made["repository"]["repositoryUri"].endswith(".amazonaws.com/app")
    refused("RepositoryNotFoundException", there.describe_repositories, repositoryNames=["app"])
    destination = {"region": "us-east-1", "registryId": "123456789012"}
    rules = {"rules": [{"destinations": [destination]}]}
    here.put_replication_configuration(replicationConfiguration=rules)
    assert here.describe_registry()["replicationConfiguration"] == rules
    for content in [b"{}", b"layer"]:
        upload = here.initiate_layer_upload(repositoryName="app")["uploadId"]
        place = {"repositoryName": "app", "uploadId": upload}
        last = len(content) - 1
        here.upload_layer_part(**place, partFirstByte=0, partLastByte=last, layerPartBlob=content)
        here.complete_layer_upload(**place, layerDigests=[digest(content)])
    put = here.put_image(repositoryName="app", imageManifest=manifest(b"layer"), imageTag="v1")
    assert put["image"]["imageId"]["imageDigest"] == digest(manifest(b"layer").encode())
    for registry in [here, there]:
        pages = registry.get_paginator("describe_images").paginate(repositoryName="app")
        found = [image for page in pages for image in page["imageDetails"]]
        assert [image["imageTags"] for image in found] == [["v1"]], found
        assert found[0]["imagePushedAt"].year == 2026
    found = client("resourcegroupstaggingapi").get_resources(
        TagFilters=[{"Key": "owner", "Values": ["me"]}], ResourceTypeFilters=["ecr:repository"]
    )
    arns = [it["ResourceARN"] for it in found["ResourceTagMappingList"]]
    assert arns == [made["repository"]["repositoryArn"]], arns
    refused("LifecyclePolicyNotFoundException", here.get_lifecycle_policy, repositoryName="app")


def registry():
    token = client("ecr").get_authorization_token()["authorizationData"][0]["authorizationToken"]
    assert base64.b64decode(token).startswith(b"AWS:")

    def call(method, path, content=None, authorization="Basic " + token):
        request = urllib.request.Request(URL + path, content, method=method)
        request.add_header("Authorization", authorization)
        return urllib.request.urlopen(request)

    try:
        call("GET", "/v2/", authorization="Basic bm9uZTpub25l")
        raise AssertionError("a made-up token was let in")
    except urllib.error.HTTPError as why:
        assert why.code == 401
    pulled = call("GET", "/v2/app/manifests/v1")
    assert pulled.read().decode() == manifest(b"layer")
    head = call("HEAD", "/v2/app/blobs/" + digest(b"layer"))
    assert head.headers["Content-Length"] == "5", head.headers
    location = call("POST", "/v2/app/blobs/uploads/", b"").headers["Location"]
    assert call("PUT", location + "?digest=" + digest(b"more"), b"more").status == 201
    assert call("GET", "/v2/app/blobs/" + digest(b"more")).read() == b"more"


route53()
ecr()
registry()
assert client("sts").get_caller_identity()["Account"] == "123456789012"

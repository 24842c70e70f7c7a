"""Starts MiniStack with its answers mended where they are not AWS's.

Nothing is invented: what it stores is given back in AWS's form, what policies are about is named as
AWS does, and its registries are where they can be reached. Environment: GATEWAY_PORT, BIND_HOST, MINISTACK_HOST, and AUTH=true for keys
and policies that count.
"""

import base64
import json
import os
import re
from xml.etree.ElementTree import SubElement

from ministack.app import main
from ministack.core import iam_actions
from ministack.services import ecr, route53

FLAGS = ("MeasureLatency", "EnableSNI", "Inverted", "Disabled")
LISTS = {"ChildHealthChecks": "ChildHealthCheck", "Regions": "Region"}

BULK = re.compile(r"/tags/(hostedzone|healthcheck)/?$")
RESOURCE = re.compile(r"/(hostedzone|healthcheck|change)/([^/]+)")

read_config = route53._parse_health_check_config
answer_dns = route53.handle_request
answer_registry = ecr.handle_registry_request
give_token = ecr._get_authorization_token
name_resource = iam_actions.extract_resource_arn


def config(element):
    """A check's settings: lists that are not lost, XML's booleans, and what AWS fills in."""
    found = read_config(element)
    for name, item in LISTS.items():
        inner = route53._find(element, name)
        if inner is not None:
            found[name] = [one.text or "" for one in route53._findall(inner, item)]
    for flag in FLAGS:
        if flag in found:
            found[flag] = xml_flag(found[flag] in (True, "true"))
    if element.tag.endswith("HealthCheckConfig"):
        for name, value in defaults(found.get("Type", "")).items():
            found.setdefault(name, value)
    return found


def defaults(kind):
    """What a new check gets where nothing is said."""
    filled = {"Inverted": "false", "Disabled": "false"}
    if kind.startswith("HTTP") or kind == "TCP":
        filled |= {"RequestInterval": 30, "FailureThreshold": 3, "MeasureLatency": "false"}
        filled["EnableSNI"] = xml_flag(kind.startswith("HTTPS"))
    if kind.startswith("HTTP"):
        filled["Port"] = 443 if kind.startswith("HTTPS") else 80
    return filled


def xml_flag(value):
    return "true" if value else "false"


async def dns(method, path, headers, body, query):
    """ListTagsForResources, which MiniStack has for one resource at a time only."""
    kind = BULK.search(path)
    if method != "POST" or not kind:
        return await answer_dns(method, path, headers, body, query)
    ids = tagged(body)

    def build(root):
        sets = SubElement(root, "ResourceTagSets")
        for resource in ids:
            one = SubElement(sets, "ResourceTagSet")
            SubElement(one, "ResourceType").text = kind[1]
            SubElement(one, "ResourceId").text = resource
            tags = SubElement(one, "Tags")
            for key, value in route53._tags.get((kind[1], resource), {}).items():
                tag = SubElement(tags, "Tag")
                SubElement(tag, "Key").text = key
                SubElement(tag, "Value").text = value

    return route53._xml_response("ListTagsForResourcesResponse", build)


def tagged(body):
    """The resources whose tags are asked for."""
    ids = route53._find(route53._parse_body(body), "ResourceIds")
    return [one.text for one in route53._findall(ids, "ResourceId")]


def resource(service, method, path, headers, body, *rest):
    """What a request is about, as policies name it: MiniStack knows zones and repositories' names."""
    found = RESOURCE.search(path) if service == "route53" else None
    if found:
        return f"arn:aws:route53:::{found[1]}/{found[2]}"
    if service == "route53" and method == "POST" and BULK.search(path):
        return f"arn:aws:route53:::{BULK.search(path)[1]}/{tagged(body)[0]}"
    if service == "ecr" and b'"resourceArn"' in body:
        return json.loads(body)["resourceArn"]
    return name_resource(service, method, path, headers, body, *rest)


def token(data):
    """A login that names its region, for a registry at this socket instead of AWS's names."""
    status, headers, body = give_token(data)
    answer = json.loads(body)
    for login in answer["authorizationData"]:
        name = login["proxyEndpoint"].removeprefix("https://")
        login["authorizationToken"] = base64.b64encode(f"AWS:{name}".encode()).decode()
        login["proxyEndpoint"] = "http://{MINISTACK_HOST}:{GATEWAY_PORT}".format(**os.environ)
    body = json.dumps(answer).encode()
    return status, {k: v for k, v in headers.items() if k.lower() != "content-length"}, body


async def registry(method, path, headers, body, query):
    """The registry of the login's region, which MiniStack tells by the host's name."""
    headers = {name.lower(): value for name, value in headers.items()}
    _, _, login = headers.get("authorization", "").partition("Basic ")
    if not login:
        challenge = {"WWW-Authenticate": 'Basic realm="ecr",service="ecr.amazonaws.com"'}
        return 401, challenge, b"Not Authorized\n"
    headers["host"] = base64.b64decode(login).decode().removeprefix("AWS:")
    return await answer_registry(method, path, headers, body, query)


route53._parse_health_check_config = config
route53.handle_request = dns
ecr._get_authorization_token = token
iam_actions.extract_resource_arn = resource
ecr.handle_registry_request = registry

if __name__ == "__main__":
    main()

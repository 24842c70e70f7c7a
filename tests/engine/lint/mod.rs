//! Every rule of `image lint` has a Dockerfile or an image that it remarks, and one that it does not.

mod layers;
mod sarif;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use lifeboat::image;
use serde_json::Value;

use crate::drive::lifeboat;
use crate::transcript::TempFolder;

const MAIN: &str = r#"
lifeboat {
  stack = "linted"
}

region "virginia" {
  provider = "local"
  location = "us-east-1"
  role     = "primary"
}

region "ireland" {
  provider = "local"
  location = "eu-west-1"
  role     = "failover"
}

image "web" {
  repository = "linted/web"

  build {
    context       = "."
    megabytes_max = 1
  }
}
"#;

/// A rule, what it remarks, and what it does not.
const RULES: &[(&str, &str, &str)] = &[
    ("LB101", "RUN a\nRUN b\n", "RUN a\nWORKDIR /a\nRUN b\n"),
    (
        "LB104",
        "WORKDIR /app\nCOPY src ./\nRUN chown -R 1000 /app\n",
        "WORKDIR /app\nCOPY --chown=1000 src ./\nRUN chown -R 1000 /data /apps\n",
    ),
    (
        "LB104",
        "COPY run.sh /\nRUN a && chmod +x /run.sh\n",
        "COPY run.sh /\nRUN chmod +x /other.sh\n",
    ),
    ("LB104", "COPY a b /x/\nRUN chmod 755 /x/b\n", "COPY a b /x/\nRUN chmod 755 /x\n"),
    ("LB201", "COPY . .\nRUN npm ci\n", "COPY package.json .\nRUN npm ci\nCOPY . .\n"),
    (
        "LB202",
        "COPY go.mod src /a/\nRUN go mod download\n",
        "COPY go.mod go.sum /a/\nRUN go mod download\n",
    ),
    ("LB203", "RUN apt-get update\n", "RUN apt-get update && apt-get install -y a\n"),
    ("LB204", "COPY . /\n", "COPY src /\n"),
    ("LB205", "ARG GIT_SHA\nRUN npm ci\n", "RUN npm ci\nARG GIT_SHA\n"),
    (
        "LB205",
        "LABEL org.opencontainers.image.revision=$REF\nRUN make\n",
        "LABEL org.opencontainers.image.revision=fixed\nRUN make\n",
    ),
    ("LB206", "RUN npm ci\n", "RUN --mount=type=cache,target=/cache npm ci\n"),
    ("LB207", "COPY --from=busybox /bin/sh /bin/\n", "COPY --from=busybox:1.37 /bin/sh /bin/\n"),
    ("LB301", "ARG NPM_TOKEN\n", "ARG NPM_TOKEN_FILE\n"),
    ("LB302", "ENV A=/a B=$A/b\n", "ENV A=/a\nENV B=$A/b\n"),
    (
        "LB303",
        "WORKDIR /$NAME\n",
        "ARG NAME\nENV PATH=$PATH:/a\nWORKDIR /$NAME/${OTHER:-a}/$HTTP_PROXY\n",
    ),
    ("LB303", "COPY $TARGETARCH /\n", "ARG TARGETARCH\nCOPY $TARGETARCH /\n"),
    ("LB303", "COPY --chown=$OWNER a /\n", "ENV OWNER=1\nCOPY --chown=$OWNER a /\n"),
    ("LB303", "ENV A=$LATER\nARG LATER\n", "ARG LATER\nENV A=$LATER\nRUN echo $SHELL_HAS_IT\n"),
    ("LB304", "ENV A b\n", "ENV A=b\n"),
    (
        "LB305",
        "ENV QUEUE=https://sqs.us-east-1.example.com\n",
        "ENV QUEUE=https://sqs.example.com\n",
    ),
    (
        "LB306",
        "ENV DEBIAN_FRONTEND=noninteractive\n",
        "ARG DEBIAN_FRONTEND=noninteractive\nENV PIPE=a\n",
    ),
    (
        "LB401",
        "RUN apk add --no-cache curl gcc=13.2\n",
        "RUN apk add --no-cache gcc && make && apk del gcc\n",
    ),
    ("LB401", "RUN apt-get install -y libpq-dev\n", "RUN apt-get install -y libpq5\n"),
    ("LB405", "RUN apk add curl\n", "RUN apk add --no-cache curl\n"),
    ("LB405", "RUN dnf install -y curl\n", "RUN dnf install -y curl && dnf clean all\n"),
    ("LB405", "RUN yarn install\n", "RUN yarn install && yarn cache clean\n"),
    ("LB406", "RUN apt-get install -y a\n", "RUN apt-get install -y --no-install-recommends a\n"),
    ("LB501", "USER 1000\nUSER root\n", "USER root\nUSER 1000:1000\n"),
    ("LB501", "USER node\n", "ARG ID\nUSER $ID\n"),
    (
        "LB503",
        "ADD https://example.com/a /\n",
        "ADD --checksum=sha256:00 https://example.com/a /\n",
    ),
    ("LB503", "ADD src /\n", "ADD root.tar.gz /\nCOPY src /\n"),
    (
        "LB504",
        "RUN curl https://example.com | sh\n",
        "RUN set -o pipefail; curl https://example.com | sh\n",
    ),
    ("LB505", "RUN sudo make\n", "RUN make\n"),
    ("LB506", "CMD [\"a\"]\n", "HEALTHCHECK CMD [\"b\"]\nCMD [\"a\"]\n"),
    ("LB507", "CMD a b\n", "CMD [\"a\", \"b\"]\n"),
];

/// The same for whole files.
const FILES: &[(&str, &str, &str)] = &[
    (
        "LB303",
        "ARG V=1\nFROM a:1\nENV V=$V\n",
        "ARG V=1\nFROM --platform=$BUILDPLATFORM a:$V\nARG V\nENV V=$V PATH=$PATH:/b\nENV PATH=$PATH:/c\n",
    ),
    (
        "LB401",
        "FROM golang:1.26\nRUN go build\n",
        "FROM golang:1.26 AS b\nRUN go build\nFROM scratch\nCOPY --from=b /a /\n",
    ),
    ("LB401", "FROM eclipse-temurin:21-jdk\n", "FROM eclipse-temurin:21-jre\n"),
    (
        "LB402",
        "FROM a:1 AS b\nRUN make\nFROM b\nCMD [\"c\"]\n",
        "FROM a:1 AS b\nFROM b AS c\nRUN make\nFROM b\nCOPY --from=c /d /\n",
    ),
    ("LB403", "FROM a:1 AS b\nFROM a:1\n", "FROM a:1 AS b\nFROM b\n"),
    (
        "LB404",
        "FROM a:1 AS b\nFROM a:1\nCOPY --from=b / /b\n",
        "FROM a:1 AS b\nFROM a:1\nCOPY --from=b /b /b\n",
    ),
    ("LB404", "FROM a:1 AS b\nCOPY --from=b /a /\n", "FROM a:1 AS b\nCOPY --from=c:1 /a /\n"),
    ("LB508", "FROM --platform=linux/amd64 a:1\n", "FROM --platform=$BUILDPLATFORM a:1\n"),
    ("LB509", "FROM 1.dkr.ecr.us-east-1.amazonaws.com/a:1\n", "FROM public.ecr.aws/a:1\n"),
];

fn linted(here: &Path) -> Value {
    let ran = lifeboat(here, &["image", "lint", "--json"]);
    ran.keeps_its_head();
    assert!(matches!(ran.code, Some(0 | 3)), "{}", ran.all());
    let lints: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(ran.code == Some(3), lints["errors"] != 0, "3 stands for errors");
    lints
}

/// What a rule says, with the line.
fn said(lints: &Value, rule: &str) -> Vec<(u64, String)> {
    let remarks = lints["remarks"].as_array().unwrap().iter();
    let remarks = remarks.filter(|remark| remark["rule"] == rule);
    let remarks = remarks.map(|remark| {
        (remark["line"].as_u64().unwrap(), remark["message"].as_str().unwrap().to_owned())
    });
    remarks.collect()
}

#[test]
fn every_rule_fires_and_does_not() {
    let folder = TempFolder::new("rules");
    let here = &folder.path;
    fs::write(here.join("main.hcl"), MAIN).unwrap();
    let on_scratch = |text: &str| format!("FROM scratch\n{text}");
    let rules = RULES.iter().map(|(rule, one, two)| (rule, on_scratch(one), on_scratch(two)));
    let files = FILES.iter().map(|(rule, one, two)| (rule, (*one).to_owned(), (*two).to_owned()));
    let mut known: BTreeSet<&str> = ["LB102", "LB103", "LB407", "LB502"].into();
    for (rule, fires, quiet) in rules.chain(files) {
        known.insert(rule);
        fs::write(here.join("Dockerfile"), &fires).unwrap();
        assert_ne!(said(&linted(here), rule).len(), 0, "{rule} says nothing of\n{fires}");
        fs::write(here.join("Dockerfile"), &quiet).unwrap();
        assert_eq!(said(&linted(here), rule), [], "{rule} of\n{quiet}");
    }
    let all: BTreeSet<&str> = image::rules().iter().map(|rule| rule.id).collect();
    assert_eq!(known, all, "every rule is tried");
}

#[test]
fn what_is_ignored_and_what_is_checked_elsewhere_counts() {
    let folder = TempFolder::new("rules-elsewhere");
    let here = &folder.path;
    fs::write(here.join("main.hcl"), MAIN).unwrap();
    fs::write(here.join("Dockerfile"), "FROM scratch\nCOPY . /\n").unwrap();
    fs::write(here.join(".dockerignore"), "main.hcl\n").unwrap();
    assert_eq!(said(&linted(here), "LB204"), []);
    fs::create_dir_all(here.join("a/.git")).unwrap();
    fs::write(here.join("a/.git/config"), "").unwrap();
    fs::write(here.join(".env"), "").unwrap();
    let stray = said(&linted(here), "LB204");
    assert_eq!(stray, [(2, "the context brings `.git`, `.env` along".to_owned())]);

    assert_eq!(said(&linted(here), "LB506").len(), 1);
    let check = "\nhealth_check \"web\" {\n  url = \"https://www.example.com/\"\n}\n";
    fs::write(here.join("main.hcl"), format!("{MAIN}{check}")).unwrap();
    assert_eq!(said(&linted(here), "LB506"), []);

    // Every way to silence a rule, by each of its names.
    let rest = "FROM scratch\nUSER root\n";
    let silences = ["# check=skip=DL3002\n", "# hadolint global ignore=DL3059, DL3002\n"];
    for silence in silences {
        fs::write(here.join("Dockerfile"), format!("{silence}{rest}")).unwrap();
        assert_eq!(said(&linted(here), "LB501"), [], "{silence}");
    }
    // `all` skips what BuildKit has, and it has no rule for the user.
    fs::write(here.join("Dockerfile"), format!("# check=skip=all\n{rest}CMD a\n")).unwrap();
    let lints = linted(here);
    assert_eq!((said(&lints, "LB501").len(), said(&lints, "LB507").len()), (1, 0));
}

# One site, three ways to build it: which of them is healthy first where it would have to be started?

lifeboat {
  stack = "candidates"
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
  repository = "candidates/web"

  build {
    context = "site"
    builder = "buildah"
    health  = ":8099/healthz"

    candidate "single" {
      dockerfile = "single.Dockerfile"
    }

    candidate "multi" {
      dockerfile = "multi.Dockerfile"
    }

    candidate "minimal" {
      dockerfile = "minimal.Dockerfile"
    }
  }
}

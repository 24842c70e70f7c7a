# Written by `lifeboat lock`. Commit it beside the configuration.

format_version = "1.2"

image "web.candidate[\"broken\"]" {
  digest = "sha256:29376424878044d497adb4c40055c661d11e56e651aee49db9d4227ad3a96868"
  source = "oci:.lifeboat/images/web.broken"
  blobs = 3
  bytes = 1089075

  build {
    inputs = "sha256:659533f421c43eac34293f92c52d5e77d2c44bd09207e021dd03f037efb4ae6c"
    builder = "buildah 1.28.2"
    dockerfile = "site/broken.Dockerfile"
    instructions = [
      "083e572c42967527",
      "2c712ae04a27c8fe"
    ]
    bases = {
      "localhost/base:1" = "sha256:ea4c658b720ad15eec18c09df8d596aa5d6a2e568df0ca55532643528c5500da"
    }
  }
}

image "web.candidate[\"minimal\"]" {
  digest = "sha256:eb0cbc2497159b43aa7207a205f0524754d59e36bfdd91e158f4ac150844ae10"
  source = "oci:.lifeboat/images/web.minimal"
  blobs = 4
  bytes = 1085763

  build {
    inputs = "sha256:c25c42f4acc42127b62f40e75cf54ad10b1a5063034ed54885d205b025cccb37"
    builder = "buildah 1.28.2"
    dockerfile = "site/minimal.Dockerfile"
    instructions = [
      "ce039c4e657acb0b",
      "4ec92063d28f978e",
      "9e3ad4a1beb66b2d",
      "31967966e0679665",
      "67c4282c6928ae38",
      "cb625d37a62f5c54",
      "0b759862d7a237d7",
      "b5ca7f225897fee9",
      "54d66db6d3fa46df",
      "2a05a2979b392d7d"
    ]
    bases = {
      "localhost/tools:1" = "sha256:a5ac3528af4ba27a0c0ca031ff7d4c29db72d8e7e6b48934b20a8c235b23170d"
    }
    files = {
      ".dockerignore" = "12f4c809324c86ad"
      "build.sh" = "0f012f8bae50f11c"
      "pages/index.txt" = "fed946a4c75f82d9"
    }
  }
}

image "web.candidate[\"multi\"]" {
  digest = "sha256:ef902f08e75f3c55b0451543472d5d7233c1d0ac4b985391215dfb210d1ca5a6"
  source = "oci:.lifeboat/images/web.multi"
  blobs = 4
  bytes = 1089932

  build {
    inputs = "sha256:157871c852d1261bc223d12f0eadb309379a68e305fec00597e096f7c7a4a2d8"
    builder = "buildah 1.28.2"
    dockerfile = "site/multi.Dockerfile"
    instructions = [
      "ce039c4e657acb0b",
      "4ec92063d28f978e",
      "9e3ad4a1beb66b2d",
      "31967966e0679665",
      "083e572c42967527",
      "0b759862d7a237d7",
      "54d66db6d3fa46df",
      "f5932cac7556592f"
    ]
    bases = {
      "localhost/base:1" = "sha256:ea4c658b720ad15eec18c09df8d596aa5d6a2e568df0ca55532643528c5500da"
      "localhost/tools:1" = "sha256:a5ac3528af4ba27a0c0ca031ff7d4c29db72d8e7e6b48934b20a8c235b23170d"
    }
    files = {
      ".dockerignore" = "12f4c809324c86ad"
      "build.sh" = "0f012f8bae50f11c"
      "pages/index.txt" = "fed946a4c75f82d9"
    }
  }
}

image "web.candidate[\"single\"]" {
  digest = "sha256:596c4ceb5a762773a00e20d3102589f00678f83fbdc81d2ac9546870d41b94a6"
  source = "oci:.lifeboat/images/web.single"
  blobs = 6
  bytes = 26261440

  build {
    inputs = "sha256:a6031273fb5cd6780383246adf6f9c9ffdc93e56b37197cbdd9372963b54c996"
    builder = "buildah 1.28.2"
    dockerfile = "site/single.Dockerfile"
    instructions = [
      "479f37b90f5a9873",
      "4ec92063d28f978e",
      "9e3ad4a1beb66b2d",
      "31967966e0679665",
      "54d66db6d3fa46df",
      "f5932cac7556592f"
    ]
    bases = {
      "localhost/tools:1" = "sha256:a5ac3528af4ba27a0c0ca031ff7d4c29db72d8e7e6b48934b20a8c235b23170d"
    }
    files = {
      ".dockerignore" = "12f4c809324c86ad"
      "build.sh" = "0f012f8bae50f11c"
      "pages/index.txt" = "fed946a4c75f82d9"
    }
  }
}

ranking "web" {
  region = "ireland"
  winner = "minimal"

  candidate "minimal" {
    rank = 1
    digest = "sha256:eb0cbc2497159b43aa7207a205f0524754d59e36bfdd91e158f4ac150844ae10"
  }

  candidate "multi" {
    rank = 1
    digest = "sha256:ef902f08e75f3c55b0451543472d5d7233c1d0ac4b985391215dfb210d1ca5a6"
  }

  candidate "single" {
    rank = 3
    digest = "sha256:596c4ceb5a762773a00e20d3102589f00678f83fbdc81d2ac9546870d41b94a6"
  }

  candidate "broken" {
    digest = "sha256:29376424878044d497adb4c40055c661d11e56e651aee49db9d4227ad3a96868"
  }
}

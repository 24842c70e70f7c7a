# Written by `lifeboat lock`. Commit it beside the configuration.

format_version = "1.1"

image "web" {
  digest = "sha256:cb607fa8d0b573592fcfc36d4d8ac3965f6de1bad787298cfece2e68976c216a"
  source = "oci:.lifeboat/images/web"
  blobs = 4
  bytes = 1759

  build {
    inputs = "sha256:348d13ee88e0be05772b9dccbcee7895cd8fdf4f42fb4afc7aae78e5bc1a0696"
    builder = "buildah 1.28.2"
    dockerfile = "web/Dockerfile"
    target = "runtime"
    platforms = [
      "linux/amd64"
    ]
    instructions = [
      "35fa9a1f258c503d",
      "c7a7f6e68152a438",
      "0790c5ac75a1a7d8"
    ]
    args = {
      "GREETING" = "2cf24dba5fb0a30e"
    }
    bases = {
      "localhost/base:1" = "sha256:348d13ee88e0be05772b9dccbcee7895cd8fdf4f42fb4afc7aae78e5bc1a0696"
    }
    files = {
      "src/" = "471324b1b699aa3a"
      "package.json" = "e26ce6de6942698b"
    }
    depth = 1
  }
}

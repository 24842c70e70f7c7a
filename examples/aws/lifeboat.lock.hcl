# Written by `lifeboat lock`. Commit it beside the configuration.

format_version = "1.0"

image "web" {
  digest = "sha256:dc8be3b6ee027af5d0990c5be47eb47f31326503dd98261e9cfd4d4a2c839169"
  source = "oci:image"
  blobs = 5
  bytes = 2434
}

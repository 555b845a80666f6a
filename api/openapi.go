// Package api holds the definition of the public interface: the protobuf
// files, the Go code and the OpenAPI document made from them. What calls do is
// left to the server.
package api

import _ "embed"

// OpenAPI is the OpenAPI 3.1 document of the REST interface, as YAML.
//
//go:embed openapi.yaml
var OpenAPI []byte

// Package transport measures what the public surface costs: the server's
// CPU per call over REST against a plain net/http JSON handler, and over gRPC
// against bare grpc-go, with nothing behind either. Each side runs in a process
// of its own, so that the callers' CPU is not counted.
//
// What the books cost is measured elsewhere.
package transport

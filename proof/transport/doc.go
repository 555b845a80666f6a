// Package transport measures the cost of the public API: the server's CPU per call
// over REST against a plain net/http JSON handler, and over gRPC against bare grpc-go,
// with nothing behind either. Each side runs in a process of its own, so that the
// callers' CPU is not counted.
//
// The cost of the books is measured elsewhere.
package transport

package server

import (
	"sync"

	"holdfast.dev/holdfast"
	"holdfast.dev/holdfast/api"
	"holdfast.dev/holdfast/internal/server/docs"
	"holdfast.dev/holdfast/internal/server/transcode"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// contract is what servers make of the definition and of the documents. It does not change.
type contract struct {
	services []protoreflect.ServiceDescriptor
	codec    *transcode.Codec
	router   *transcode.Router
	site     *docs.Site
}

// theContract is made once for all servers of the process.
var theContract = sync.OnceValues(func() (c contract, err error) {
	c.services = api.Services()
	if c.codec, err = transcode.NewCodec(c.services...); err != nil {
		return c, err
	}
	if c.router, err = transcode.NewRouter(c.codec, c.services...); err != nil {
		return c, err
	}
	c.site, err = docs.New(holdfast.Documents, api.OpenAPI)
	return c, err
})

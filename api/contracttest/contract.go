// Package contracttest holds what a server answers against the OpenAPI
// document, in the tests of whoever calls one: it is a transport that passes
// calls on and reads what comes back. It knows the document and HTTP, nothing
// of what the calls mean.
package contracttest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"holdfast.dev/holdfast/api"

	"github.com/pb33f/libopenapi"
	"github.com/pb33f/libopenapi-validator/config"
	"github.com/pb33f/libopenapi-validator/paths"
	"github.com/pb33f/libopenapi-validator/responses"
	v3 "github.com/pb33f/libopenapi/datamodel/high/v3"
)

// contract is the document, ready to be asked by one at a time: the validator
// writes into the model when it renders a schema.
type contract struct {
	mu       sync.Mutex
	document *v3.Document
	options  *config.ValidationOptions
	answers  responses.ResponseBodyValidator
}

// load reads the document once for all tests of a program.
var load = sync.OnceValues(func() (*contract, error) {
	document, err := libopenapi.NewDocument(api.OpenAPI)
	if err != nil {
		return nil, fmt.Errorf("read openapi.yaml: %w", err)
	}
	model, err := document.BuildV3Model()
	if err != nil {
		return nil, fmt.Errorf("read openapi.yaml: %w", err)
	}
	options := config.NewValidationOptions(config.WithFormatAssertions(), config.WithRegexCache(&sync.Map{}))
	return &contract{
		document: &model.Model, options: options,
		answers: responses.NewResponseBodyValidator(&model.Model, config.WithExistingOpts(options)),
	}, nil
})

// Transport passes calls on to next and fails t when an answer is not what the
// document says of its path: an operation that it does not have, a status, a
// header, a media type or a body that the operation does not list.
func Transport(t testing.TB, next http.RoundTripper) http.RoundTripper {
	t.Helper()
	c, err := load()
	if err != nil {
		t.Fatal(err)
	}
	return &transport{t: t, next: next, contract: c}
}

type transport struct {
	t        testing.TB
	next     http.RoundTripper
	contract *contract
}

// RoundTrip implements http.RoundTripper.
func (x *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := x.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if err := x.contract.check(r, answer); err != nil {
		x.t.Errorf("%s %s: the answer %d is not what openapi.yaml says: %v", r.Method, r.URL.RequestURI(), answer.StatusCode, err)
	}
	return answer, nil
}

// CloseIdleConnections is what http.Client asks its transport for.
func (x *transport) CloseIdleConnections() {
	if c, ok := x.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

func (c *contract) check(r *http.Request, answer *http.Response) error {
	body, err := wholeJSON(answer)
	if err != nil {
		return nil // who reads the body meets the same error
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	item, missing, path := paths.FindPath(withColons(r), c.document, c.options)
	if item == nil || len(missing) > 0 {
		return unlisted(r, answer)
	}
	operation := item.GetOperations().GetOrZero(strings.ToLower(r.Method))
	if operation == nil {
		return unlisted(r, answer)
	}
	if answer.StatusCode < 500 && operation.Responses.Codes.GetOrZero(strconv.Itoa(answer.StatusCode)) == nil {
		return errors.New("the operation does not list the status")
	}
	_, wrong := c.answers.ValidateResponseBodyWithPathItem(r, answer, item, path)
	if body != nil {
		answer.Body = io.NopCloser(bytes.NewReader(body))
	}
	if len(wrong) == 0 {
		return nil
	}
	var why strings.Builder
	for _, w := range wrong {
		fmt.Fprintf(&why, "\n\t%s: %s", w.Message, w.Reason)
		for _, s := range w.SchemaValidationErrors {
			fmt.Fprintf(&why, "\n\t\t%s: %s", s.FieldPath, s.Reason)
		}
	}
	return fmt.Errorf("%s\n\t%.2000s", why.String(), body)
}

// withColons is the request with the colons of its path as the document writes
// them; a client may escape them.
func withColons(r *http.Request) *http.Request {
	plain, at := *r, *r.URL
	at.RawPath = strings.NewReplacer("%3A", ":", "%3a", ":").Replace(at.EscapedPath())
	plain.URL = &at
	return &plain
}

// wholeJSON reads a JSON body and puts it back, so that it can be read again.
// Of other bodies, which may have no end, it returns nil.
func wholeJSON(answer *http.Response) ([]byte, error) {
	kind, _, err := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	if err != nil || !slices.Contains([]string{"application/json", "application/problem+json"}, kind) {
		return nil, nil
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		answer.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), broken{err}))
		return nil, err
	}
	if err := answer.Body.Close(); err != nil {
		return nil, err
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	return body, nil
}

// broken is the rest of a body that broke off.
type broken struct{ err error }

// Read implements io.Reader.
func (b broken) Read([]byte) (int, error) { return 0, b.err }

// unlisted judges an answer where the document has no operation: a page or a
// probe, a preflight, or a refusal that says so.
func unlisted(r *http.Request, answer *http.Response) error {
	switch {
	case answer.StatusCode == http.StatusNotFound, answer.StatusCode == http.StatusMethodNotAllowed:
		return nil
	case r.Method == http.MethodOptions:
		return nil
	case !strings.HasPrefix(r.URL.Path, "/v1/") && !strings.HasPrefix(r.URL.Path, "/inventory"):
		return nil
	}
	return errors.New("the document has no such operation")
}

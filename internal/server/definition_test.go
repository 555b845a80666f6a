package server_test

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"

	"holdfast.dev/holdfast"
	"holdfast.dev/holdfast/api"
	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/server/transcode"

	"go.yaml.in/yaml/v3"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"
)

// everyMethod calls f with each method of each service of the definition.
func everyMethod(t *testing.T, f func(md protoreflect.MethodDescriptor)) {
	t.Helper()
	n := 0
	protoregistry.GlobalFiles.RangeFilesByPackage("holdfast.v1", func(fd protoreflect.FileDescriptor) bool {
		for i := range fd.Services().Len() {
			for j := range fd.Services().Get(i).Methods().Len() {
				n++
				f(fd.Services().Get(i).Methods().Get(j))
			}
		}
		return true
	})
	if n < 18 {
		t.Fatalf("%d methods found: the test looks in the wrong place", n)
	}
}

func TestEveryMethodDeclaresAScope(t *testing.T) {
	t.Parallel()
	everyMethod(t, func(md protoreflect.MethodDescriptor) {
		if transcode.Method(md).GetScope() == holdfastv1.Scope_SCOPE_UNSPECIFIED {
			t.Errorf("%s declares no scope", md.FullName())
		}
	})
}

func TestOnlyChecksArePublic(t *testing.T) {
	t.Parallel()
	everyMethod(t, func(md protoreflect.MethodDescriptor) {
		public := transcode.Method(md).GetScope() == holdfastv1.Scope_SCOPE_PUBLIC
		if check := strings.Contains(string(md.Name()), "Check"); public != check {
			t.Errorf("%s: public %v, want %v", md.FullName(), public, check)
		}
	})
}

// The first endpoints have a path without a version as well, which is on one
// page; what came later has the one under /v1 only.
func TestEveryPathIsUnderAVersion(t *testing.T) {
	t.Parallel()
	page, err := holdfast.Documents.ReadFile("docs/protocol/api.md")
	if err != nil {
		t.Fatal(err)
	}
	everyMethod(t, func(md protoreflect.MethodDescriptor) {
		rule, _ := proto.GetExtension(md.Options(), annotations.E_Http).(*annotations.HttpRule)
		if md.IsStreamingClient() {
			return
		}
		first, more := pathOf(rule), rule.GetAdditionalBindings()
		switch {
		case strings.HasPrefix(first, "/v1/"):
			if len(more) != 0 {
				t.Errorf("%s has %d paths beside the one under /v1", md.FullName(), len(more))
			}
		case len(more) != 1 || pathOf(more[0]) != "/v1"+first:
			t.Errorf("%s has the path %s and not the same under /v1 as its other", md.FullName(), first)
		case !bytes.Contains(page, []byte("`"+first+"`")):
			t.Errorf("%s: the page of the short paths lacks %s", md.FullName(), first)
		}
	})
}

// The page of the interface names each header.
func TestThePageNamesEveryHeader(t *testing.T) {
	t.Parallel()
	page, err := holdfast.Documents.ReadFile("docs/protocol/api.md")
	if err != nil {
		t.Fatal(err)
	}
	named := func(what string) {
		if !bytes.Contains(page, []byte("`"+what)) {
			t.Errorf("the page does not name %s", what)
		}
	}
	var headers int
	var look func(any)
	look = func(node any) {
		switch node := node.(type) {
		case map[string]any:
			if name, ok := node["name"].(string); ok && node["in"] == "header" {
				headers++
				named(name)
			}
			of, _ := node["headers"].(map[string]any)
			for name, h := range of {
				if _, component := h.(map[string]any)["schema"]; component && !strings.Contains(name, "-") {
					continue // of the components: answers have it under its own name
				}
				headers++
				named(name)
			}
			for _, part := range node {
				look(part)
			}
		case []any:
			for _, part := range node {
				look(part)
			}
		}
	}
	var document any
	if err := yaml.Unmarshal(api.OpenAPI, &document); err != nil {
		t.Fatal(err)
	}
	look(document)
	if headers < 10 {
		t.Errorf("%d headers found: the document is not read right", headers)
	}
}

// pathOf is the path of a rule, whatever its verb.
func pathOf(rule *annotations.HttpRule) string {
	return rule.GetGet() + rule.GetPost() + rule.GetPut() + rule.GetDelete() + rule.GetPatch()
}

// The definition says how long ids may be; the server checks it. Every id of
// every request is sent one byte too long, and as blanks.
func TestEveryIDIsChecked(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.till(t)
	everyMethod(t, func(md protoreflect.MethodDescriptor) {
		ctx := h.with(t, holderFor(md))
		if md.IsStreamingClient() || md.IsStreamingServer() || md.Name() == "ExecuteBatch" {
			return
		}
		for i := range md.Input().Fields().Len() {
			fd := md.Input().Fields().Get(i)
			rule := transcode.Rule(fd)
			if !rule.GetId() {
				continue
			}
			name, long := string(fd.Name()), int(rule.GetMax())+1
			if fd.IsList() { // of which the definition says how many may be named
				name, long = name+"[0]", 1001
			}
			for _, bad := range []string{strings.Repeat("x", long), "\u3000", "a\nb", ".", ".."} {
				in := dynamicpb.NewMessage(md.Input())
				if fd.IsList() {
					in.Mutable(fd).List().Append(protoreflect.ValueOfString(bad))
				} else {
					in.Set(fd, protoreflect.ValueOfString(bad))
				}
				err := h.conn.Invoke(ctx, "/"+string(md.Parent().FullName())+"/"+string(md.Name()), in, dynamicpb.NewMessage(md.Output()))
				if status.Code(err) != codes.InvalidArgument {
					t.Errorf("%s with %s %.20q: %v", md.Name(), fd.Name(), bad, err)
					continue
				}
				named := false
				for _, v := range detail[*holdfastv1.Problem](t, err).GetViolations() {
					named = named || v.GetField() == name
				}
				if !named {
					t.Errorf("%s with %s %.20q does not name the field: %v", md.Name(), fd.Name(), bad, err)
				}
			}
		}
	})
}

func TestOpenAPIDocument(t *testing.T) {
	t.Parallel()
	h := start(t)
	a := h.call(t, "", http.MethodGet, "/openapi.yaml", "")
	if a.status != http.StatusOK || string(a.raw) != string(api.OpenAPI) {
		t.Fatalf("status %d, %d bytes, want the committed %d", a.status, len(a.raw), len(api.OpenAPI))
	}
	var doc struct {
		OpenAPI string `yaml:"openapi"`
		Paths   map[string]map[string]struct {
			OperationID string `yaml:"operationId"`
			Deprecated  bool
			Description string
		} `yaml:"paths"`
	}
	if err := yaml.Unmarshal(a.raw, &doc); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1.") {
		t.Errorf("it is OpenAPI %s", doc.OpenAPI)
	}
	ids := map[string]bool{}
	for path, verbs := range doc.Paths {
		for verb, o := range verbs {
			if ids[o.OperationID] {
				t.Errorf("the operation %s is there twice", o.OperationID)
			}
			ids[o.OperationID] = true
			alias := !strings.HasPrefix(path, "/v1/")
			if o.Deprecated != alias {
				t.Errorf("%s %s: deprecated is %t", verb, path, o.Deprecated)
			}
			if alias && (doc.Paths["/v1"+path][verb].OperationID == "" || !strings.HasSuffix(o.Description, " call /v1"+path+".")) {
				t.Errorf("%s %s names no path that replaces it: %s", verb, path, o.Description)
			}
		}
	}
	for _, e := range endpoints {
		path, _, _ := strings.Cut(strings.NewReplacer("/orders/zzz", "/orders/{order_id}", "zzz", "{product_id}").Replace(e.path), "?")
		for _, at := range mounts(e.path) {
			if doc.Paths[at+path][strings.ToLower(e.verb)].OperationID == "" {
				t.Errorf("%s %s%s is not in the document", e.verb, at, path)
			}
		}
	}
	if strings.Contains(string(a.raw), "_decimal") {
		t.Error("the document shows fields that JSON does not have")
	}
}

// An unknown method over gRPC is refused like everywhere.
func TestUnknownMethod(t *testing.T) {
	t.Parallel()
	h := start(t)
	err := h.conn.Invoke(context.WithoutCancel(h.with(t, "admin")), "/holdfast.v1.InventoryService/Steal", &holdfastv1.GetOrderRequest{}, &holdfastv1.OrderReservations{})
	if status.Code(err) != codes.Unimplemented {
		t.Errorf("got %v", err)
	}
}

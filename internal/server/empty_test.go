package server_test

import (
	"regexp"
	"strings"
	"testing"

	"holdfast.dev/holdfast/api"
	"holdfast.dev/holdfast/internal/server/transcode"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// An empty text is not the same as none: where an id or one of several words is
// meant it is refused, at every member of every body, and the answer names it. So
// is a list without elements, which would else mean all.
func TestWhatIsEmptyIsRefusedByTheNameOfItsMember(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.till(t)
	seen := 0
	everyMethod(t, func(md protoreflect.MethodDescriptor) {
		rule, _ := proto.GetExtension(md.Options(), annotations.E_Http).(*annotations.HttpRule)
		if rule.GetBody() == "" || md.Name() == "ExecuteBatch" {
			return
		}
		path := regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(pathOf(rule), "p")
		verb := "POST"
		switch {
		case rule.GetPut() != "":
			verb = "PUT"
		case rule.GetPatch() != "":
			verb = "PATCH"
		}
		for _, m := range emptyTexts(md.Input(), pathOf(rule), 2) {
			seen++
			a := h.call(t, holderFor(md), verb, path, m.body)
			if a.status != 400 || !strings.Contains(string(a.raw), `"field":"`+m.field) {
				t.Errorf("%s %s %s: %d %s, want 400 about %s", verb, path, m.body, a.status, a.raw, m.field)
			}
		}
	})
	if seen < 80 {
		t.Errorf("%d members tried: the test looks in the wrong place", seen)
	}
}

type emptyText struct{ field, body string }

// emptyTexts are bodies with one empty text or list each, down to a depth of
// messages.
func emptyTexts(d protoreflect.MessageDescriptor, path string, depth int) (all []emptyText) {
	given := "" // the numbers that may be 0 and must be there: else they would be missed first
	for i := range d.Fields().Len() {
		fd := d.Fields().Get(i)
		if rule := transcode.Rule(fd); rule.GetRequired() && rule.Least != nil && rule.GetLeast() == 0 || fd.Kind() == protoreflect.DoubleKind {
			given += `"` + string(fd.Name()) + `":0,`
		}
	}
	for i := range d.Fields().Len() {
		fd := d.Fields().Get(i)
		name, rule := string(fd.Name()), transcode.Rule(fd)
		if rule.GetQuery() || rule.GetHidden() || strings.Contains(path, "{"+name+"}") || fd.IsMap() {
			continue
		}
		if fd.IsList() && rule.GetMax() > 0 && !rule.GetMayBeEmpty() { // as OpenAPI says it
			all = append(all, emptyText{name, `{` + given + `"` + name + `":[]}`})
		}
		wrap, at := func(s string) string { return `{` + given + `"` + name + `":` + s + `}` }, name
		if fd.IsList() {
			wrap, at = func(s string) string { return `{` + given + `"` + name + `":[` + s + `]}` }, name+"[0]"
		}
		switch {
		case fd.Kind() == protoreflect.StringKind && (rule.GetId() || len(api.Values(fd)) > 0) && !rule.GetMayBeEmpty():
			all = append(all, emptyText{at, wrap(`""`)})
		case fd.Kind() == protoreflect.MessageKind && depth > 0:
			for _, m := range emptyTexts(fd.Message(), "", depth-1) {
				all = append(all, emptyText{at + "." + m.field, wrap(m.body)})
			}
		}
	}
	return all
}

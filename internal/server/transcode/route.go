package transcode

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Route is one path template of one method.
type Route struct {
	// Method is the call that the path stands for.
	Method protoreflect.MethodDescriptor
	// Verb is the HTTP method and Pattern the template: together they name the
	// endpoint in metrics and logs.
	Verb, Pattern string

	input    *message
	body     bool
	segments []segment
	vars     []*field
	taken    []string // members that do not come from the body
}

// segment is a literal or, where lit is empty, the variable number at.
type segment struct {
	lit string
	at  int
}

// maxVars is how many variables a template may have.
const maxVars = 2

// Match is a request's path seen through a template.
type Match struct {
	Route  *Route
	values [maxVars]string
}

// Router finds the route of a request. It is safe for concurrent use.
type Router struct {
	codec  *Codec
	exact  map[string][]*Route // templates without variables, by path
	counts map[int][]*Route    // templates with variables, by number of segments
}

// NewRouter reads the google.api.http annotations of the services.
func NewRouter(c *Codec, services ...protoreflect.ServiceDescriptor) (*Router, error) {
	r := &Router{codec: c, exact: map[string][]*Route{}, counts: map[int][]*Route{}}
	for _, s := range services {
		for i := range s.Methods().Len() {
			md := s.Methods().Get(i)
			rule, _ := proto.GetExtension(md.Options(), annotations.E_Http).(*annotations.HttpRule)
			if rule == nil {
				continue
			}
			for _, b := range append([]*annotations.HttpRule{rule}, rule.GetAdditionalBindings()...) {
				if err := r.add(md, b); err != nil {
					return nil, fmt.Errorf("route of %s: %w", md.FullName(), err)
				}
			}
		}
	}
	return r, nil
}

func (r *Router) add(md protoreflect.MethodDescriptor, rule *annotations.HttpRule) error {
	rt := &Route{Method: md, input: r.codec.plans[md.Input().FullName()]}
	switch p := rule.GetPattern().(type) {
	case *annotations.HttpRule_Get:
		rt.Verb, rt.Pattern = "GET", p.Get
	case *annotations.HttpRule_Put:
		rt.Verb, rt.Pattern = "PUT", p.Put
	case *annotations.HttpRule_Post:
		rt.Verb, rt.Pattern = "POST", p.Post
	case *annotations.HttpRule_Delete:
		rt.Verb, rt.Pattern = "DELETE", p.Delete
	case *annotations.HttpRule_Patch:
		rt.Verb, rt.Pattern = "PATCH", p.Patch
	default:
		return fmt.Errorf("pattern %T is not known", p)
	}
	switch rule.GetBody() {
	case "":
	case "*":
		rt.body = true
	default:
		return fmt.Errorf("body %q: only \"*\" is known", rule.GetBody())
	}
	for _, s := range strings.Split(rt.Pattern[1:], "/") {
		name, ok := strings.CutPrefix(s, "{")
		if !ok {
			rt.segments = append(rt.segments, segment{lit: s})
			continue
		}
		f := rt.input.byName[strings.TrimSuffix(name, "}")]
		if f == nil || f.kind != kindString {
			return fmt.Errorf("path variable %s is not a string of the request", s)
		}
		rt.segments = append(rt.segments, segment{at: len(rt.vars)})
		rt.vars = append(rt.vars, f)
		rt.taken = append(rt.taken, f.name)
	}
	if len(rt.vars) > maxVars {
		return fmt.Errorf("more than %d path variables", maxVars)
	}
	if len(rt.vars) == 0 {
		r.exact[rt.Pattern] = append(r.exact[rt.Pattern], rt)
	} else {
		n := len(rt.segments)
		r.counts[n] = append(r.counts[n], rt)
	}
	return nil
}

// Routes returns all routes, in no particular order.
func (r *Router) Routes() []*Route {
	var all []*Route
	for _, rs := range r.exact {
		all = append(all, rs...)
	}
	for _, rs := range r.counts {
		all = append(all, rs...)
	}
	return all
}

// Find returns the route of a request by its HTTP method and its path as it was
// sent, still escaped. Without a route, allowed names the methods that the path
// would take; it is empty when there is no such path.
func (r *Router) Find(verb, escaped string) (m Match, allowed []string) {
	for _, rt := range r.exact[escaped] {
		if rt.Verb == verb {
			return Match{Route: rt}, nil
		}
		allowed = append(allowed, rt.Verb)
	}
	if !strings.HasPrefix(escaped, "/") {
		return Match{}, nil
	}
	n := strings.Count(escaped, "/")
	for _, rt := range r.counts[n] {
		values, ok := rt.match(escaped)
		if !ok {
			continue
		}
		if rt.Verb == verb {
			return Match{Route: rt, values: values}, nil
		}
		allowed = append(allowed, rt.Verb)
	}
	if len(allowed) == 0 && strings.IndexByte(escaped, '%') >= 0 {
		return r.findEscaped(verb, escaped)
	}
	slices.Sort(allowed)
	return Match{}, slices.Compact(allowed)
}

// findEscaped finds a literal path of which some letters came escaped, such as
// /v1/commands%3Abatch.
func (r *Router) findEscaped(verb, escaped string) (m Match, allowed []string) {
	plain, err := url.PathUnescape(escaped)
	if err != nil {
		return Match{}, nil
	}
	for _, rt := range r.exact[plain] {
		if rt.Verb == verb && strings.Count(plain, "/") == strings.Count(escaped, "/") {
			return Match{Route: rt}, nil
		}
		allowed = append(allowed, rt.Verb)
	}
	return Match{}, allowed
}

func (rt *Route) match(escaped string) (values [maxVars]string, ok bool) {
	rest := escaped[1:]
	for i, s := range rt.segments {
		part := rest
		if i < len(rt.segments)-1 {
			slash := strings.IndexByte(rest, '/')
			part, rest = rest[:slash], rest[slash+1:]
		}
		if s.lit != "" {
			if part != s.lit {
				return values, false
			}
			continue
		}
		if part == "" {
			return values, false
		}
		if strings.IndexByte(part, '%') >= 0 {
			plain, err := url.PathUnescape(part)
			if err != nil {
				return values, false
			}
			part = plain
		}
		values[s.at] = part
	}
	return values, true
}

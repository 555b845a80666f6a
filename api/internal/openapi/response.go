package main

import (
	"strconv"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// responses says what a method can answer: a success, each refusal that a call
// of its kind can meet, and by default a failure of the server.
func responses(md protoreflect.MethodDescriptor, rule *holdfastv1.MethodRule, verb string) map[string]any {
	code := rule.GetScope() == holdfastv1.Scope_SCOPE_CODE
	all := problems(refusals{
		public:  rule.GetScope() == holdfastv1.Scope_SCOPE_PUBLIC,
		limited: rule.GetScope() == holdfastv1.Scope_SCOPE_PUBLIC || code || md.IsStreamingServer() || rule.GetLimited(),
		state:   rule.GetWrite() || code || rule.GetScope() == holdfastv1.Scope_SCOPE_TILL || rule.GetAtTill() || rule.GetOnRedis(),
		body:    verb != "get" && verb != "delete",
		keyed:   rule.GetWrite() && !ownKeys(md),
		names:   namesIDs(md.Input()) || code,
	})
	all["200"] = success(md, rule)
	return all
}

func success(md protoreflect.MethodDescriptor, rule *holdfastv1.MethodRule) map[string]any {
	headers := map[string]any{"X-Request-Id": header("RequestId")}
	if md.IsStreamingServer() {
		return map[string]any{
			"description": "Server-Sent Events until one side ends them. The data of an event without a name is a " + streamDataName(md) + ", its id the position behind it. The event named end comes last, with a Problem that says why and where to go on.",
			"headers":     headers,
			"content":     map[string]any{"text/event-stream": map[string]any{"schema": map[string]any{"type": "string"}}},
		}
	}
	if rule.GetWrite() {
		headers["Holdfast-Position"] = header("Position")
		headers["Idempotency-Replayed"] = header("Replayed")
	} else {
		headers["Holdfast-Stale"] = header("Stale")
	}
	return map[string]any{
		"description": "Done.",
		"headers":     headers,
		"content":     map[string]any{"application/json": map[string]any{"schema": reference(md.Output())}},
	}
}

// streamDataName is the name of what the events of a stream have as their data: where the answer
// wraps an event, that event.
func streamDataName(md protoreflect.MethodDescriptor) string {
	if event := md.Output().Fields().ByName("event"); event != nil {
		return string(event.Message().Name())
	}
	return string(md.Output().Name())
}

// refusals is what decides for which reasons a call may be refused.
type refusals struct {
	public  bool // it needs no key
	limited bool // so many at a time, or in a second
	state   bool // what it is about may be in a state that forbids it
	body    bool // it carries a body
	keyed   bool // it takes an Idempotency-Key
	names   bool // it names something by its id
}

// problems lists the responses to what is refused, by status.
func problems(r refusals) map[string]any {
	statuses := []int{400, 401, 410, 503} // the form, a bad key, a position that is gone, too much to do
	add := func(when bool, status ...int) {
		if when {
			statuses = append(statuses, status...)
		}
	}
	add(true, 403) // a session of the console that does not prove itself, at public ones too
	add(r.names, 404)
	add(r.body, 408, 413, 415)
	add(r.state, 409)
	add(r.keyed, 422)
	add(r.limited, 429)
	all := map[string]any{"default": problem()}
	for _, s := range statuses {
		all[strconv.Itoa(s)] = problem()
	}
	return all
}

func problem() map[string]any { return map[string]any{"$ref": "#/components/responses/Problem"} }

func header(name string) map[string]any {
	return map[string]any{"$ref": "#/components/headers/" + name}
}

// ownKeys says that a call carries its idempotency keys in its body, one for
// each command.
func ownKeys(md protoreflect.MethodDescriptor) bool {
	fields := md.Input().Fields()
	for i := range fields.Len() {
		if m := fields.Get(i).Message(); m != nil && m.Fields().ByName("idempotency_key") != nil {
			return true
		}
	}
	return false
}

// namesIDs says that a message, or one in it, has the id of something.
func namesIDs(d protoreflect.MessageDescriptor) bool {
	for i := range d.Fields().Len() {
		fd := d.Fields().Get(i)
		if ruleOf(fd).GetId() || fd.Message() != nil && !fd.IsMap() && namesIDs(fd.Message()) {
			return true
		}
	}
	return false
}

package outside

import (
	"net/url"
	"strings"

	"holdfast.dev/holdfast/internal/catalog"
)

// Reach returns why a target can never be reached from this installation, nil when it may be. A nil Reach knows
// nothing: others deliver.
type Reach func(target string) error

// Bad returns why a target is refused, "" when it is not.
func (r Reach) Bad(target string) string {
	if r == nil {
		return ""
	}
	if err := r(target); err != nil {
		return err.Error()
	}
	return ""
}

// hidden stands for a secret in the query of an address. No address that is accepted has it.
const hidden = "…"

// ShowTarget is the target of a sink as answers show it: the values in the query of a web address are left out, as
// receivers keep their tokens there.
func ShowTarget(kind, target string) string {
	before, query, found := strings.Cut(target, "?")
	if kind != KindHTTP && kind != KindWebhook || !found || query == "" {
		return target
	}
	parts := strings.Split(query, "&")
	for i, p := range parts {
		name, _, named := strings.Cut(p, "=")
		if parts[i] = hidden; named {
			parts[i] = name + "=" + hidden
		}
	}
	return before + "?" + strings.Join(parts, "&")
}

// KeepTarget is the target of a sink that is set. A caller who has read a sink and sets it again sends the target
// without its secrets: then they stay as they are. It reports false when the sink that is there has another target.
func KeepTarget(is *catalog.Sink, kind, told string) (target string, ok bool) {
	told = strings.ReplaceAll(told, url.QueryEscape(hidden), hidden)
	switch {
	case !IsHidden(told):
		return told, true
	case is == nil || is.Kind != kind || ShowTarget(kind, is.Target) != told:
		return "", false
	}
	return is.Target, true
}

// IsHidden reports whether a target was copied from an answer that left its secrets out. A program may have
// escaped it.
func IsHidden(told string) bool {
	return strings.Contains(told, hidden) || strings.Contains(told, url.QueryEscape(hidden))
}

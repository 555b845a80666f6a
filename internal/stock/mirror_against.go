package stock

import "strings"

// againstRule begins, in the reason of an entry of the journal, what the rule of a campaign says against
// a sale at a till.
const againstRule = "sold at a till: "

// betweenReasons is between two reasons of one entry.
const betweenReasons = "; "

// noteAgainst adds to a reason what rules say against a sale.
func noteAgainst(reason string, against []string) string {
	for _, says := range against {
		if reason != "" {
			reason += betweenReasons
		}
		reason += againstRule + says
	}
	return reason
}

// AgainstRule returns what the rule of a campaign says against a line of a till's sale, "" for nothing. The
// sale stands: the till did not know the rule, or what the customer had elsewhere.
func AgainstRule(e *Event, l *Line) string {
	rule := Rule{Channel: l.Channel}
	says := rule.refuse(l.Item, "").Detail
	_, rest, found := strings.Cut(e.Note.Reason, againstRule+says)
	if !found {
		return ""
	}
	rest, _, _ = strings.Cut(rest, betweenReasons+againstRule)
	return says + rest
}

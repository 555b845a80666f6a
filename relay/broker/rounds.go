// Package broker is shared by the leaves for message brokers.
package broker

import (
	"fmt"

	"holdfast.dev/holdfast/relay"
)

// MaxMessage is the largest message, in bytes, that is sent to a broker.
const MaxMessage = 8 << 20

// Rounds sends messages to a broker that takes many at once and may refuse one in the
// middle. send sends its messages together and returns one error per message, nil for each
// that the broker has acknowledged. A round has at most one message of each key, so that
// none overtakes an earlier one of its key that has failed. Rounds returns the result for
// relay.Leaf.Deliver.
func Rounds(messages []relay.Message, send func(round []*relay.Message) []error) []error {
	errs := make([]error, len(messages))
	failed := map[string]error{} // by key: its later messages wait
	todo := make([]int, 0, len(messages))
	for i := range messages {
		todo = append(todo, i)
	}
	for len(todo) > 0 {
		var round []*relay.Message
		var of, later []int
		inRound := map[string]bool{}
		for _, i := range todo {
			m := &messages[i]
			switch {
			case failed[m.Key] != nil:
				errs[i] = failed[m.Key]
			case inRound[m.Key]:
				later = append(later, i)
			case len(m.Body) > MaxMessage:
				errs[i] = relay.Rejected("the event has %d bytes, at most %d are sent", len(m.Body), MaxMessage)
				failed[m.Key] = errs[i]
			default:
				inRound[m.Key] = true
				round, of = append(round, m), append(of, i)
			}
		}
		if len(round) > 0 {
			outcome := send(round)
			for n, i := range of {
				if outcome[n] != nil {
					errs[i] = fmt.Errorf("send: %w", outcome[n])
					failed[messages[i].Key] = errs[i]
				}
			}
		}
		todo = later
	}
	if len(failed) == 0 {
		return nil
	}
	return errs
}

package broker_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"holdfast.dev/holdfast/relay"
	"holdfast.dev/holdfast/relay/broker"

	"pgregory.net/rapid"
)

// Whatever a broker refuses: each message is sent at most once, those of a key in
// order, none after one of its key that was refused.
func TestNoMessageOvertakesOneOfItsKey(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SliceOfN(rapid.IntRange(0, 4), 0, 30).Draw(t, "keys")
		bad := rapid.SliceOfN(rapid.Bool(), len(keys), len(keys)).Draw(t, "bad")
		refused := errors.New("refused")
		messages := make([]relay.Message, len(keys))
		for i, key := range keys {
			messages[i] = relay.Message{ID: fmt.Sprint(i), Key: fmt.Sprint("key-", key)}
		}
		sent := map[string][]string{}
		errs := broker.Rounds(messages, func(round []*relay.Message) []error {
			out := make([]error, len(round))
			in := map[string]bool{}
			for n, m := range round {
				if in[m.Key] {
					t.Fatalf("a round holds %s twice", m.Key)
				}
				in[m.Key] = true
				sent[m.Key] = append(sent[m.Key], m.ID)
				var i int
				if _, err := fmt.Sscan(m.ID, &i); err != nil {
					t.Fatal(err)
				}
				if bad[i] {
					out[n] = refused
				}
			}
			return out
		})
		want := map[string][]string{}
		ended := map[string]bool{}
		for i, m := range messages {
			failed := ended[m.Key]
			if !failed {
				want[m.Key] = append(want[m.Key], m.ID)
				failed = bad[i]
				ended[m.Key] = failed
			}
			if got := errs != nil && errs[i] != nil; got != failed {
				t.Fatalf("message %d of %s: failed %v, want %v", i, m.Key, got, failed)
			}
		}
		for key := range want {
			if !slices.Equal(sent[key], want[key]) {
				t.Fatalf("%s: %v were sent, want %v", key, sent[key], want[key])
			}
		}
	})
}

func TestAMessageThatIsTooLargeIsNotSent(t *testing.T) {
	t.Parallel()
	large := []relay.Message{{Key: "a", Body: make([]byte, broker.MaxMessage+1)}, {Key: "b"}, {Key: "a"}}
	errs := broker.Rounds(large, func(round []*relay.Message) []error {
		if len(round) != 1 || round[0].Key != "b" {
			t.Errorf("%d messages were sent", len(round))
		}
		return make([]error, len(round))
	})
	if !errors.Is(errs[0], relay.ErrRejected) || errs[1] != nil || errs[2] == nil {
		t.Errorf("got %v", errs)
	}
}

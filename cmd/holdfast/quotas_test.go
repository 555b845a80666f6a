package main

import (
	"fmt"
	"testing"

	"holdfast.dev/holdfast/client"
)

func TestQuotaSettingsAreRead(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		arg  string
		want any // a client.Quota, or why it is refused
	}{
		{"online=30", client.Quota{ChannelID: "online", Quota: new(int64(30))}},
		{"online=30,weight=3,level=5", client.Quota{ChannelID: "online", Quota: new(int64(30)), Weight: new(int64(3)), Level: new(int64(5))}},
		{"online=weight=3", client.Quota{ChannelID: "online", Weight: new(int64(3))}},
		{"online=1.25,level=0.5", client.Quota{ChannelID: "online", QuotaDecimal: "1.25", LevelDecimal: "0.5"}},
		{"online", `"online" is not like online=30,weight=3`},
		{"=30", `"=30" is not like online=30,weight=3`},
		{"online=", `"online=" is not like online=30,weight=3`},
		{"online=30,30", `"online=30,30" says its quota twice`},
		{"online=30,size=3", `"online=30,size=3": there is no setting "size": a number, weight=N or level=N is`},
		{"online=many", `"online=many": "many" is no number`},
		{"online=1e3", `"online=1e3": "1e3" is no number`},
	} {
		got, err := quotaSetting(test.arg)
		want, fits := test.want.(client.Quota)
		if !fits {
			if err == nil || err.Error() != test.want {
				t.Errorf("%s: %v, want %v", test.arg, err, test.want)
			}
			continue
		}
		if err != nil || quotaText(got) != quotaText(want) {
			t.Errorf("%s: got %s, %v, want %s", test.arg, quotaText(got), err, quotaText(want))
		}
	}
}

// quotaText is a quota in one line.
func quotaText(q client.Quota) string {
	text := fmt.Sprintf("%s %q %q", q.ChannelID, q.QuotaDecimal, q.LevelDecimal)
	for _, n := range []*int64{q.Quota, q.Weight, q.Level} {
		if n == nil {
			text += " -"
		} else {
			text += fmt.Sprint(" ", *n)
		}
	}
	return text
}

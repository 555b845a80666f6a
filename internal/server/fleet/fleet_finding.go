package fleet

import (
	"context"
	"strings"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/server/kit"

	"google.golang.org/protobuf/types/known/timestamppb"
)

// Finding is the result of a check, and what to do about it.
type Finding struct {
	Check   string // as "holdfast doctor" calls it
	Verdict string // ok, warning, wrong or not checked, as the doctor prints it
	Found   string
	Remedy  string // "": nothing is to be done
}

// handbook has the page below /docs that says more about a check.
var handbook = map[string]string{
	"disk":         "operations/capacity",
	"schema":       "operations/upgrade",
	"view":         "operations/metrics",
	"keys":         "operations/security",
	"replication":  "operations/availability",
	"clock":        "operations/cluster-nodes",
	"legs":         "operations/cluster-nodes",
	"certificate":  "operations/security",
	"file":         "operations/databases",
	"journal-mode": "operations/databases",
}

// handbookOf is the page for a check. A check without its own has the page about what stops a server.
func handbookOf(check string) string {
	if page, known := handbook[check]; known {
		return page
	}
	return "operations/trouble"
}

// readyCheck is the check that the server adds to those of the doctor.
const readyCheck = "server"

func (s *Chapter) listFindings(ctx context.Context, _ *kit.Call, _ *holdfastv1.ListFindingsRequest) (*holdfastv1.ListFindingsResponse, error) {
	out := &holdfastv1.ListFindingsResponse{NodeId: s.fleet.Self(), AsOf: timestamppb.New(time.Now())}
	found, err := s.fleet.Check(ctx)
	if err != nil {
		return nil, err
	}
	out.Items = kit.Each(append(found, s.findReady(ctx)), func(f Finding) *holdfastv1.Finding {
		return &holdfastv1.Finding{Check: f.Check, Verdict: strings.ReplaceAll(f.Verdict, " ", "_"), Found: f.Found, Remedy: f.Remedy, Handbook: handbookOf(f.Check)}
	})
	return out, nil
}

// findReady finds whether this server takes calls.
func (s *Chapter) findReady(ctx context.Context) Finding {
	said, ok := s.ready(ctx)
	if !ok {
		return Finding{Check: readyCheck, Verdict: "wrong", Found: "this server says: " + said, Remedy: "its log says why"}
	}
	return Finding{Check: readyCheck, Verdict: "ok", Found: "this server says: " + said}
}

package replay

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

const testKey = "hf_test"

func TestEveryTransportEndsAsTheReadmeSays(t *testing.T) {
	t.Parallel()
	h := firstLines(t, 2_000)
	for name, connect := range map[string]func(*testing.T, *fakeShop) Target{
		"rest":  func(t *testing.T, shop *fakeShop) Target { return overREST(t, shop) },
		"batch": func(t *testing.T, shop *fakeShop) Target { return overREST(t, shop) },
		"grpc":  func(t *testing.T, shop *fakeShop) Target { return overGRPC(t, shop) },

		"stream": func(t *testing.T, shop *fakeShop) Target { return overStream(t, shop) },
	} {
		for _, s := range []Settings{{Opening: Scarce, Mode: ByOrder}, {Opening: Scarce, Mode: ByPart}, {Opening: Scarce, Mode: Linked}, {Mode: Flash}} {
			t.Run(name+" "+runName(s), func(t *testing.T) {
				t.Parallel()
				shop := newFakeShop()
				shop.stale = 1
				shop.fault = func(call int) (before, after error) {
					switch call % 400 {
					case 100:
						return nil, lost
					case 200:
						return lost, nil
					case 300:
						return &Refusal{Code: codeBusy, Status: 503}, nil
					}
					return nil, nil
				}
				p := mustPlan(t, h, s)
				o := sequential()
				if o.Workers = 4; s.Mode == ByOrder {
					o.Workers = 1
				}
				if name == "batch" || name == "stream" {
					o.Batch = 20
				}
				got, err := Run(t.Context(), p, connect(t, shop), o)
				if err != nil {
					t.Fatal(err)
				}
				wantAsReadme(t, p, got)
			})
		}
	}
}

func TestAWrongKeyIsSaidSo(t *testing.T) {
	t.Parallel()
	rest, grpc, stream := overREST(t, newFakeShop()), overGRPC(t, newFakeShop()), overStream(t, newFakeShop())
	rest.key, grpc.key, stream.key = "other", "other", "other"
	p := mustPlan(t, firstLines(t, 1), Settings{Opening: Zero, Mode: ByLine})
	p.Open = p.Open[:1] // one create: a call by itself
	for name, target := range map[string]Target{"rest": rest, "grpc": grpc, "stream": stream} {
		_, err := Run(t.Context(), p, target, sequential())
		if err == nil || !strings.Contains(err.Error(), "admin key") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAProxysErrorKeepsItsWords(t *testing.T) {
	t.Parallel()
	response := &http.Response{StatusCode: 502, Header: http.Header{"Retry-After": {"3"}}}
	got := problem(response, []byte("<html>\n Bad   Gateway\n</html>"))
	want := Refusal{Code: "HTTP", Status: 502, Detail: "<html> Bad Gateway </html>", RetryAfter: 3 * time.Second}
	if *got != want || !got.passing() {
		t.Errorf("got %+v, want %+v, tried again", *got, want)
	}
}

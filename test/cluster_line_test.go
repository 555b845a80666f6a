package test

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// line is the network between one node and one database server.
type line struct {
	t     *testing.T
	proxy *toxiproxy.Proxy
}

func newLine(t *testing.T, to string) *line {
	t.Helper()
	quiet := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	l := &line{t: t, proxy: toxiproxy.NewProxy(quiet, to, freeAddress(t), to)}
	if err := l.proxy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.proxy.Stop)
	return l
}

// cut breaks all connections and allows none until mend.
func (l *line) cut() { l.proxy.Stop() }

// mend allows connections again. Others may have the port for a moment: no line owns it while it is
// cut.
func (l *line) mend() {
	for begun := time.Now(); ; wait(10 * time.Millisecond) {
		err := l.proxy.Start()
		if err == nil {
			return
		}
		if time.Since(begun) > hang {
			l.t.Errorf("mend a line: %v", err)
			return
		}
	}
}

// toxic makes the line bad in one direction until cure: "upstream" is from the node, "downstream"
// is to the node.
func (l *line) toxic(kind, direction string, attributes object) {
	b, err := json.Marshal(object{"name": kind, "type": kind, "stream": direction, "toxicity": 1, "attributes": attributes})
	if err == nil {
		_, err = l.proxy.Toxics.AddToxicJson(bytes.NewReader(b))
	}
	if err != nil {
		l.t.Errorf("make a line bad: %v", err)
	}
}

func (l *line) cure() { l.proxy.Toxics.ResetToxics(context.Background()) }

package test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// watcher is a client that watches one product. When its stream ends, for any reason, it continues
// from its last position.
type watcher struct {
	product string
	// open opens a stream behind a position, "" is now, and calls tell for each
	// message until the stream ends.
	open func(ctx context.Context, product, after string, tell func(position string, e *seen)) error

	mu    sync.Mutex
	at    string // the last position it received
	ids   []string
	late  []time.Duration // how long after its booking each event came
	opens int
	odd   []string
}

// seen is the part of an event that the test compares.
type seen struct {
	id, product string
	at          time.Time
}

// watch watches until ctx ends. ready is called once.
func (w *watcher) watch(ctx context.Context, ready func()) {
	for pause := 20 * time.Millisecond; ctx.Err() == nil; pause = min(2*pause, 500*time.Millisecond) {
		w.mu.Lock()
		after := w.at
		w.opens++
		w.mu.Unlock()
		err := w.open(ctx, w.product, after, func(position string, e *seen) {
			now := time.Now()
			w.mu.Lock()
			defer w.mu.Unlock()
			if w.at == "" {
				ready()
			}
			w.at, pause = position, 20*time.Millisecond
			if e == nil {
				return
			}
			w.ids, w.late = append(w.ids, e.id), append(w.late, now.Sub(e.at))
			if e.product != w.product || e.id != position {
				w.odd = append(w.odd, fmt.Sprintf("%+v at %s", e, position))
			}
		})
		if err != nil && ctx.Err() == nil && strings.Contains(err.Error(), "INVALID_ARGUMENT") {
			w.mu.Lock()
			w.odd = append(w.odd, err.Error())
			w.mu.Unlock()
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause/2 + rand.N(pause)):
		}
	}
}

// count returns how many events it has.
func (w *watcher) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.ids)
}

// overSSE opens streams of Server-Sent Events at the address.
func overSSE(address string) func(context.Context, string, string, func(string, *seen)) error {
	c := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true, ReadBufferSize: 2048, WriteBufferSize: 1024,
		DialContext: (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: -1}).DialContext,
	}}
	return func(ctx context.Context, product, after string, tell func(string, *seen)) error {
		req, err := http.NewRequestWithContext(ctx, "GET", "http://"+address+"/v1/events?product_id="+url.QueryEscape(product), nil)
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "Bearer "+adminKey)
		if after != "" {
			req.Header.Set("Last-Event-ID", after)
		}
		resp, err := c.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			var p struct{ Code, Detail string }
			err := json.NewDecoder(resp.Body).Decode(&p)
			return fmt.Errorf("%d %s %s %v", resp.StatusCode, p.Code, p.Detail, err)
		}
		return readSSE(bufio.NewReaderSize(resp.Body, 1024), tell)
	}
}

// readSSE reads events as browsers do: an event without an empty line after it is dropped.
func readSSE(r *bufio.Reader, tell func(string, *seen)) error {
	var id, name, data string
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return err
		}
		line = strings.TrimSuffix(line, "\n")
		field, value, _ := strings.Cut(line, ": ")
		switch {
		case field == "id":
			id = value
		case field == "data":
			data = value
		case field == "event":
			name = value
		case line == "" && id != "":
			var e *seen
			if data != "" && name == "" {
				var m struct {
					EventID   string `json:"event_id"`
					ProductID string `json:"product_id"`
					At        time.Time
				}
				if err := json.Unmarshal([]byte(data), &m); err != nil {
					return err
				}
				e = &seen{id: m.EventID, product: m.ProductID, at: m.At}
			}
			tell(id, e)
			name, data = "", ""
		}
	}
}

// overGRPC opens streams over a few connections to the address.
func overGRPC(address string, connections int) (open func(context.Context, string, string, func(string, *seen)) error, end func(), err error) {
	var clients []holdfastv1.InventoryServiceClient
	var conns []*grpc.ClientConn
	for range connections {
		conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
		if err != nil {
			return nil, nil, err
		}
		conns = append(conns, conn)
		clients = append(clients, holdfastv1.NewInventoryServiceClient(conn))
	}
	end = func() {
		for _, c := range conns {
			c.Close()
		}
	}
	return func(ctx context.Context, product, after string, tell func(string, *seen)) error {
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+adminKey)
		stream, err := clients[rand.N(len(clients))].WatchStock(ctx, &holdfastv1.WatchStockRequest{ProductId: product, After: after}, grpc.WaitForReady(true))
		if err != nil {
			return err
		}
		for {
			m, err := stream.Recv()
			if err != nil {
				return err
			}
			var e *seen
			if m.Event != nil {
				e = &seen{id: m.Event.EventId, product: m.Event.ProductId, at: m.Event.At.AsTime()}
			}
			tell(m.Position, e)
		}
	}, end, nil
}

package transport

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
)

// body is the request of every call, bearer the key that comes with it.
const (
	body   = `{"order_id":"order-0000001","product_id":"85123A","quantity":6,"location_id":"default","channel_id":"web"}`
	bearer = "Bearer hf_0123456789abcdefghjkmnpqrstvwxyz0123456789"
)

// lastWait is how long a call may take after the end of the load.
const lastWait = 5 * time.Second

// caller calls one server over one connection until ctx ends, and counts.
type caller func(ctx context.Context, addr string, calls *atomic.Int64) error

// callHTTP writes requests by hand: a cheap caller leaves the processor to the
// server.
func callHTTP(ctx context.Context, addr string, calls *atomic.Int64) error {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("dial: %w", err)
	}
	defer conn.Close()
	// A server that no longer answers must not block the caller.
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Now().Add(lastWait)) })()
	request := []byte("POST /inventory/reserve HTTP/1.1\r\nHost: bench\r\nUser-Agent: bench\r\nAuthorization: " + bearer +
		"\r\nContent-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body)
	answers := bufio.NewReaderSize(conn, 8192)
	for ctx.Err() == nil {
		if _, err := conn.Write(request); err != nil {
			return fmt.Errorf("send: %w", err)
		}
		if err := skipAnswer(answers); err != nil {
			return err
		}
		calls.Add(1)
	}
	return nil
}

// skipAnswer reads one 200 with a length.
func skipAnswer(r *bufio.Reader) error {
	status, err := r.ReadString('\n')
	if err != nil {
		return fmt.Errorf("receive: %w", err)
	}
	if !strings.HasPrefix(status, "HTTP/1.1 200") {
		return fmt.Errorf("the server answers %q", strings.TrimSpace(status))
	}
	length := -1
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return fmt.Errorf("receive: %w", err)
		}
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			break
		}
		if name, value, ok := bytes.Cut(line, []byte(": ")); ok && bytes.EqualFold(name, []byte("content-length")) {
			if length, err = strconv.Atoi(string(value)); err != nil {
				return fmt.Errorf("receive: %w", err)
			}
		}
	}
	if length < 0 {
		return fmt.Errorf("the answer has no length")
	}
	_, err = r.Discard(length)
	return err
}

func callGRPC(ctx context.Context, addr string, calls *atomic.Int64) error {
	conn, err := grpc.NewClient(addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return fmt.Errorf("dial: %w", err)
	}
	defer conn.Close()
	client := holdfastv1.NewInventoryServiceClient(conn)
	request := &holdfastv1.ReserveRequest{
		OrderId: "order-0000001", ProductId: "85123A", Quantity: 6, LocationId: "default", ChannelId: "web",
	}
	// A call that ctx interrupts is no failure, so calls do not end with ctx.
	with, cancel := context.WithCancel(metadata.AppendToOutgoingContext(context.WithoutCancel(ctx), "authorization", bearer))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(lastWait, cancel) })()
	for ctx.Err() == nil {
		if _, err := client.Reserve(with, request); err != nil {
			return fmt.Errorf("call: %w", err)
		}
		calls.Add(1)
	}
	return nil
}

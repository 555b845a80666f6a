// Faults is a proxy before a Holdfast server that makes trouble on demand, for tests of a
// program that calls it: slow answers, 503, and answers that are lost after the write was
// carried out. README.md shows how to run it.
package main

import (
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"os"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "faults:", err)
		os.Exit(1)
	}
}

// run serves until one of the two addresses cannot be served.
func run() error {
	var s switches
	to := flag.String("to", "http://127.0.0.1:8080", "REST address of Holdfast")
	listen := flag.String("listen", "127.0.0.1:8090", "address that the program under test calls")
	control := flag.String("control", "127.0.0.1:8091", "address where the switches are set")
	flag.DurationVar(&s.Latency, "latency", 0, "how long each request waits, like 2s")
	flag.Float64Var(&s.Unavailable, "unavailable", 0, "share of requests that are answered with 503, 0 to 1")
	flag.Float64Var(&s.Dropped, "dropped", 0, "share of writes whose answer is lost after they were carried out, 0 to 1")
	flag.Parse()
	server, err := url.Parse(*to)
	switch {
	case err != nil:
		return err
	case server.Host == "":
		return fmt.Errorf("-to %s: it must be like http://127.0.0.1:8080", *to)
	}
	if err := s.check(); err != nil {
		return err
	}
	f := newFaults(server, s)
	ended := make(chan error, 2)
	go func() { ended <- http.ListenAndServe(*control, http.HandlerFunc(f.control)) }()
	go func() { ended <- http.ListenAndServe(*listen, f) }()
	fmt.Printf("%s passes requests to %s with %v; set the switches at %s\n", *listen, server, s, *control)
	return <-ended
}

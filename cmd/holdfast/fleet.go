package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/node"
)

// nodeSecretEnv has the secret that nodes share. Like the bootstrap key it has no flag.
const nodeSecretEnv = envPrefix + "NODE_SECRET"

// fleetConfig says how the other nodes reach this server.
type fleetConfig struct {
	listen, address string
	files           node.Files
}

func (c *fleetConfig) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&c.listen, "node", "", "address for the other nodes, which then pass writes on to the home of their slot (default: each writes by itself)")
	f.StringVar(&c.address, "node-address", "", "address where the other nodes reach --node (default: the host's name and its port)")
	f.StringVar(&c.files.Cert, "node-cert", "", "PEM file with this node's certificate for the name "+node.Name)
	f.StringVar(&c.files.Key, "node-key", "", "PEM file with the certificate's key")
	f.StringVar(&c.files.CA, "node-ca", "", "PEM file with the authorities that sign the nodes' certificates")
}

// fleetPort is this server among the other nodes, before the books are open.
type fleetPort struct {
	listener net.Listener
	address  string
	secret   string
	files    node.Files
}

// open opens the port for the other nodes; nil when there is none.
func (c *fleetConfig) open(ctx context.Context, environ []string) (*fleetPort, error) {
	if c.listen == "" {
		return nil, nil
	}
	p := &fleetPort{secret: variable(environ, nodeSecretEnv), files: c.files}
	if p.secret == "" && c.files.Cert == "" {
		return nil, fmt.Errorf("--node needs %s in the environment, or --node-cert, --node-key and --node-ca: whoever reaches the port could write to the books", nodeSecretEnv)
	}
	var err error
	if p.listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", c.listen); err != nil {
		return nil, notListening("node", err)
	}
	p.address = c.address
	if p.address == "" {
		host, port, err := net.SplitHostPort(p.listener.Addr().String())
		if err != nil {
			return nil, errors.Join(err, p.Close())
		}
		if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
			name, err := os.Hostname()
			if err != nil {
				return nil, errors.Join(fmt.Errorf("find this host's name: %w; say --node-address", err), p.Close())
			}
			host = cmp.Or(name, host)
		}
		p.address = net.JoinHostPort(host, port)
	}
	return p, nil
}

// join makes this server, with that many slots open, a node of the fleet in the
// catalog, which gets the facts about it.
func (p *fleetPort) join(directory *catalog.Catalog, slots int, facts func() catalog.NodeFacts, log *slog.Logger) (*node.Node, error) {
	var id [8]byte
	rand.Read(id[:]) // it never fails
	return node.New(node.Config{
		Self:     catalog.Node{ID: hex.EncodeToString(id[:]), Address: p.address, Slots: slots, Started: time.Now()},
		Registry: &directory.Nodes, Facts: facts, Secret: []byte(p.secret), Files: p.files, Log: log,
	})
}

// Close closes the port.
func (p *fleetPort) Close() error {
	if p == nil || p.listener == nil {
		return nil
	}
	if err := p.listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

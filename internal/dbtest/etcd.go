package dbtest

import (
	"context"
	"net/http"
	"time"
)

// etcd is the store that keeps the leader's key of a Patroni.
type etcd struct {
	*daemon
	port, peer int
}

func newEtcd(dir *scratch, port, peer int) (*etcd, error) {
	d, err := newDaemon(dir, "etcd")
	return &etcd{d, port, peer}, err
}

func (e *etcd) start() error {
	program, err := clusterProgram("etcd")
	if err != nil {
		return err
	}
	client, peer := "http://"+local(e.port), "http://"+local(e.peer)
	return e.daemon.start(nil, program, []string{
		"--name", "e", "--data-dir", "etcd", "--log-level", "warn",
		"--listen-client-urls", client, "--advertise-client-urls", client,
		"--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", "e=" + peer,
	}, func() bool {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, client+"/health", nil)
		if err != nil {
			return false
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return false
		}
		defer response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
}

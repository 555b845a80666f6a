package dbtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// errNoSync says that Patroni names no synchronous standby, though it should.
var errNoSync = errors.New("no standby is synchronous")

// A new primary writes into etcd that nobody is synchronous yet. An old primary that
// was paused in the middle of its own check of the standbys may resume at that
// moment. It then overwrites the key and names itself as the primary. Patroni 3.0
// then refuses for ever to name a standby ("Synchronous replication key updated by
// someone else"). An operator has to remove the key.
//
// stuckAfter is how long a primary may be without a synchronous standby before the
// test looks for this defect. Without the defect it takes some rounds of loop_wait.
const stuckAfter = 30 * time.Second

const syncKey = "/service/test/sync"

// unstick removes the key when it names another primary than there is.
func (p *Patroni) unstick() error {
	var found struct {
		Kvs []struct{ Value []byte }
	}
	if err := p.etcd.call("range", syncKey, &found); err != nil || len(found.Kvs) == 0 {
		return err
	}
	var said struct{ Leader string }
	if err := json.Unmarshal(found.Kvs[0].Value, &said); err != nil {
		return fmt.Errorf("read etcd's key %s: %w", syncKey, err)
	}
	n := p.Leader()
	if n == 0 || said.Leader == p.nodes[n-1].name() {
		return nil
	}
	p.tb.Logf("Patroni does not get on: etcd's key %s is %s, the primary is n%d; removing it", syncKey, found.Kvs[0].Value, n)
	return p.etcd.call("deleterange", syncKey, nil)
}

// call does something with a key, by etcd's JSON form of gRPC.
func (e *etcd) call(what, key string, answer any) error {
	body, err := json.Marshal(map[string][]byte{"key": []byte(key)})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+local(e.port)+"/v3/kv/"+what, bytes.NewReader(body))
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("etcd: %s %s: %s", what, key, response.Status)
	}
	if answer == nil {
		return nil
	}
	return json.NewDecoder(response.Body).Decode(answer)
}

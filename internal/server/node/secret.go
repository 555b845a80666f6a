package node

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	nodev1 "holdfast.dev/holdfast/api/holdfast/node/v1"
	"holdfast.dev/holdfast/internal/catalog"
)

// MinSecret is the least length of a secret that nodes share.
const MinSecret = 16

const (
	// clockWindow is how far the clocks of two nodes may differ, including the time of a
	// message.
	clockWindow = 15 * time.Second
	// maxNonces bounds the stored nonces in each half of the time in which a message could be repeated. More
	// messages are rejected.
	maxNonces = 1 << 19
	nonceSize = 16
)

// Why a message is rejected. Nothing of it was carried out.
var (
	// errForged says that a message does not prove its origin.
	errForged = errors.New("the message is not signed as the nodes of this fleet sign")
	// errElsewhere says that a node of this fleet signed the message for another process: usually for a
	// killed one at this address, until the sender learns of its end. That is no reason to
	// worry.
	errElsewhere = errors.New("the message is meant for another process")
	errRepeated  = errors.New("the message has come before")
	errCrowded   = errors.New("too many messages to remember")
)

// seal signs messages with the secret of the fleet. Nil signs nothing.
type seal struct {
	secret []byte
	now    func() time.Time
	seen   nonces
}

func newSeal(secret []byte) (*seal, error) {
	switch {
	case len(secret) == 0:
		return nil, nil
	case len(secret) < MinSecret:
		return nil, fmt.Errorf("the secret of the nodes has %d bytes, it needs %d", len(secret), MinSecret)
	}
	return &seal{secret: secret, now: time.Now}, nil
}

// mac signs the parts, each after its length.
func (s *seal) mac(parts ...[]byte) []byte {
	h := hmac.New(sha256.New, s.secret)
	for _, p := range parts {
		h.Write(binary.AppendUvarint(nil, uint64(len(p)))) // it never fails
		h.Write(p)
	}
	return h.Sum(nil)
}

// asked signs a request: the call, the one process it is meant for, the time, a nonce, and the
// group.
func (s *seal) asked(to *catalog.Node, r *nodev1.ForwardRequest) []byte {
	body := sha256.Sum256(r.Group)
	started := binary.BigEndian.AppendUint64(nil, uint64(to.Started.UnixMilli()))
	sent := binary.BigEndian.AppendUint64(nil, uint64(r.SentAt))
	return s.mac([]byte(nodev1.NodeService_Forward_FullMethodName), []byte(to.ID), started, sent, r.Nonce, body[:])
}

// answered signs the answer to a request.
func (s *seal) answered(request *nodev1.ForwardRequest, a *nodev1.ForwardResponse) []byte {
	body := sha256.Sum256(a.Results)
	return s.mac([]byte("results"), request.Mac, body[:])
}

// check refuses a request that was not signed for this node, is old, or is a
// repeat.
func (s *seal) check(self *catalog.Node, r *nodev1.ForwardRequest) error {
	switch named := (&catalog.Node{ID: r.To, Started: time.UnixMilli(r.ToStarted)}); {
	case len(r.Nonce) != nonceSize:
		return errForged
	case hmac.Equal(r.Mac, s.asked(self, r)):
	case hmac.Equal(r.Mac, s.asked(named, r)):
		return errElsewhere
	default:
		return errForged
	}
	now := s.now()
	if off := now.Sub(time.UnixMilli(r.SentAt)); off > clockWindow || off < -clockWindow {
		return fmt.Errorf("the message was sent %v ago by its sender's clock, clocks may be %v apart", off.Round(time.Millisecond), clockWindow)
	}
	return s.seen.add([nonceSize]byte(r.Nonce), now)
}

// nonces stores the used nonces for as long as their messages are
// accepted.
type nonces struct {
	mu         sync.Mutex
	since      time.Time
	young, old map[[nonceSize]byte]struct{}
}

// add stores a nonce. It returns an error when it was used, or when too many are stored.
func (n *nonces) add(v [nonceSize]byte, now time.Time) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	// A message is accepted for at most two windows: it may be one ahead of the clock. Each half is kept for
	// longer than that.
	if n.young == nil || now.Sub(n.since) > 2*clockWindow {
		n.young, n.old, n.since = map[[nonceSize]byte]struct{}{}, n.young, now
	}
	if _, used := n.young[v]; used {
		return errRepeated
	}
	if _, used := n.old[v]; used {
		return errRepeated
	}
	if len(n.young) >= maxNonces {
		return errCrowded
	}
	n.young[v] = struct{}{}
	return nil
}

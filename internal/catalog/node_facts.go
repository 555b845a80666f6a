package catalog

import (
	"encoding/json"
	"fmt"
	"time"
)

// NodeFacts is what a node says of itself with each beat. The zero value says nothing.
type NodeFacts struct {
	Host    string `json:"host,omitempty"` // the name of its machine
	Version string `json:"version,omitempty"`
	// DiskFree and DiskAll are bytes of the disk with its data. DiskAll is 0 when it does not know.
	DiskFree int64 `json:"disk_free,omitempty"`
	DiskAll  int64 `json:"disk_all,omitempty"`
	// CertificateEnds is when the certificate of its public ports ends; zero: they have none.
	CertificateEnds time.Time      `json:"certificate_ends,omitzero"`
	Replicas        []ReplicaFacts `json:"replicas,omitempty"`
}

// ReplicaFacts is a replica of a database as a node sees it.
type ReplicaFacts struct {
	Name string `json:"name"`
	// Reason is why the node does not read it, "": it does.
	Reason string `json:"reason,omitempty"`
	// Records is how many records it lacks, -1: that is not known.
	Records int64 `json:"records"`
	// Behind is for how long it has lacked records; negative: that is not known.
	Behind Period `json:"behind_ms"`
}

// maxFacts bounds the bytes of a node's facts.
const maxFacts = 16 << 10

// packed are the facts as they are stored. Replicas that are too many to be stored are left out.
func (f NodeFacts) packed() (string, error) {
	b, err := json.Marshal(f)
	if err == nil && len(b) > maxFacts {
		f.Replicas = nil
		b, err = json.Marshal(f)
	}
	if err != nil {
		return "", fmt.Errorf("pack the facts: %w", err)
	}
	return string(b), nil
}

func (f *NodeFacts) unpack(b []byte) error {
	if err := json.Unmarshal(b, f); err != nil {
		return fmt.Errorf("unpack the facts: %w", err)
	}
	return nil
}

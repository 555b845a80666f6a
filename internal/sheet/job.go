package sheet

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"
)

// State is the stage of an import.
type State string

// The states. The last four are final, but a failed import continues when the
// same file is sent again.
const (
	StateQueued  State = "queued"
	StateRunning State = "running"
	// StateDone: every row was looked at; the result lists the refused ones.
	StateDone State = "done"
	// StateRefused: nothing was applied.
	StateRefused State = "refused"
	// StateStopped: an all-or-nothing import was found good, and then the books
	// changed: the first Done rows were applied, except those in the result.
	StateStopped State = "stopped"
	// StateFailed: the store accepted no writes for too long.
	StateFailed State = "failed"
)

// isEnded reports that nothing continues the import by itself.
func (s State) isEnded() bool { return s != StateQueued && s != StateRunning }

// Spec is the request: whose file it is, its kind, and what to do with it.
type Spec struct {
	Tenant   string `json:"tenant"`
	Operator string `json:"operator"`
	// Location is the location of rows without one.
	Location string `json:"location"`
	Kind     Kind   `json:"kind"`
	// All applies nothing unless every row is good; DryRun nothing at all.
	All    bool `json:"all"`
	DryRun bool `json:"dry_run"`
	// Format and Encoding are the sender's, "" to detect them.
	Format   Format   `json:"asked_format,omitempty"`
	Encoding Encoding `json:"asked_encoding,omitempty"`
	// New allows or refuses rows that would open something new. Decimal is the sign of fractions. Map has the
	// columns that headings of the file stand for. Others ignores all headings that are not known.
	New     Newness           `json:"new,omitempty"`
	Decimal Decimal           `json:"decimal,omitempty"`
	Map     map[string]string `json:"map,omitempty"`
	Others  bool              `json:"ignore_others,omitempty"`
	// Digests is how the digests of a file of lots were computed. DigestSeparator is
	// the separator between their fields.
	Digests         Digests `json:"digests,omitempty"`
	DigestSeparator string  `json:"digest_separator,omitempty"`
	// Key is the sender's key for the import, "" for one made from its content.
	Key string `json:"key,omitempty"`
}

// Job is an import.
type Job struct {
	ID string `json:"import_id"`
	Spec
	State State `json:"state"`

	// Rows are in the file, Done have been checked. Both count from the moment when the
	// file has been read once.
	Rows      int64 `json:"rows"`
	Done      int64 `json:"done"`
	Applied   int64 `json:"applied"`
	Unchanged int64 `json:"unchanged"`
	Refused   int64 `json:"refused"`

	Accepted time.Time `json:"accepted_at"`
	Started  time.Time `json:"started_at,omitzero"`
	Finished time.Time `json:"finished_at,omitzero"`

	// Opened is how many products, locations and lots the import made known, or would make known in a dry run.
	Opened Opened `json:"opened,omitzero"`

	// Problem says why an import was refused, stopped or failed.
	Problem *Flaw `json:"problem,omitempty"`

	// The detected format of the file.
	FoundFormat   Format   `json:"format,omitempty"`
	FoundEncoding Encoding `json:"encoding,omitempty"`

	// Print is the fingerprint of the request and the content. It distinguishes a repeat from
	// another import under the same key.
	Print      string `json:"print"`
	Body       string `json:"body"` // the name of the file that was sent
	Counted    bool   `json:"counted"`
	ResultSize int64  `json:"result_size"`
}

// Opened is how many of each were new.
type Opened struct {
	Products  int64 `json:"products"`
	Locations int64 `json:"locations"`
	Lots      int64 `json:"lots"`
}

// job is an import that this process carries out.
type job struct {
	Job
	form fileForm
	lock *lock
	done chan struct{} // closed when it has ended here
}

func (s Spec) digestRule() digestRule { return digestRule{s.Digests, s.DigestSeparator} }

// print is the fingerprint of the request without the operator.
func (s Spec) print(content [32]byte) string {
	s.Operator, s.Location, s.Key = "", "", ""
	return digest(s, hex.EncodeToString(content[:]))
}

// id is the permanent id of the import of a key; without a key it is that of the
// content. Two dry runs without a key are never the same, because the books have
// changed.
func (s Spec) id(content, random string) string {
	switch {
	case s.Key != "":
		return digest("key", s.Tenant, s.Key)[:32]
	case s.DryRun:
		return digest("dry", random)[:32]
	}
	return digest("content", s.Tenant, content)[:32]
}

// digest is the hash of its arguments as JSON, which keeps them distinct.
func digest(parts ...any) string {
	packed, err := json.Marshal(parts)
	if err != nil {
		panic(err) // all arguments consist of strings and flags
	}
	sum := sha256.Sum256(packed)
	return hex.EncodeToString(sum[:])
}

var (
	// ErrConflict says that the key was used for another import. Nothing has
	// happened.
	ErrConflict = errors.New("the key was used for another import")
	// ErrInProgress says that the same import is being accepted right now.
	ErrInProgress = errors.New("the same import is being sent by somebody else")
	// ErrTooLarge says that the file is larger than MaxBody.
	ErrTooLarge = errors.New("the file is too large")
	// ErrTooMany says that too many imports or exports of the tenant wait or are under way.
	// Nothing has happened; come back later.
	ErrTooMany = errors.New("too many imports or exports of the tenant are under way")
	// ErrChanging says that the books changed faster than a table of them could be
	// written; come back later.
	ErrChanging = errors.New("lots with attributes of their own were received faster than a table of all could be written")
	// ErrUnknown says that there is no such import, or no longer.
	ErrUnknown = errors.New("the import is not known")
)

// MaxBody bounds the bytes of a file.
const MaxBody = 1 << 30

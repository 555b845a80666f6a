package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

const (
	manifestName    = "manifest.json"
	manifestVersion = 1
)

// manifest says which files make up the archive of a slot. A manifest that was
// read or written is not changed afterwards.
type manifest struct {
	Version int    `json:"version"`
	Slot    uint16 `json:"slot"`
	// Parts are dense and ascending.
	Parts []Part `json:"parts"`
	// Sum is the SHA-256 over the manifest's JSON without it.
	Sum string `json:"sha256,omitempty"`
}

// Part is a range of records and the files that have it.
type Part struct {
	First engine.Seq `json:"first"`
	Last  engine.Seq `json:"last"`
	// FirstAt and LastAt are the times of these records, in ms since 1970.
	FirstAt stock.Time `json:"first_at"`
	LastAt  stock.Time `json:"last_at"`
	// Prev is the hash of the record before the first.
	Prev      Hash `json:"prev"`
	FirstHash Hash `json:"first_hash"`
	LastHash  Hash `json:"last_hash"`
	// Log has the records, Entries what they say, for people; nil when it was
	// not wanted.
	Log     File  `json:"log"`
	Entries *File `json:"entries,omitempty"`
}

// File is a Parquet file.
type File struct {
	Name  string `json:"name"`
	Rows  int64  `json:"rows"`
	Bytes int64  `json:"bytes"`
	Sum   Hash   `json:"sha256"`
}

// Hash is a SHA-256, written in hexadecimal.
type Hash [sha256.Size]byte

// MarshalText writes the hash.
func (h Hash) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h[:]), nil }

// UnmarshalText reads a hash.
func (h *Hash) UnmarshalText(text []byte) error {
	if hex.DecodedLen(len(text)) != len(h) {
		return fmt.Errorf("%d characters are no SHA-256", len(text))
	}
	_, err := hex.Decode(h[:], text)
	return err
}

// lastSeq is the newest record of the archive, 0 when it is empty.
func (m *manifest) lastSeq() engine.Seq {
	if len(m.Parts) == 0 {
		return 0
	}
	return m.Parts[len(m.Parts)-1].Last
}

// find returns the index of the part that has the record, -1 when none has.
func (m *manifest) find(seq engine.Seq) int {
	i := sort.Search(len(m.Parts), func(i int) bool { return m.Parts[i].Last >= seq })
	if i == len(m.Parts) || m.Parts[i].First > seq {
		return -1
	}
	return i
}

// check returns an error if the manifest that was read is wrong.
func (m *manifest) check(slot uint16) error {
	if m.Version != manifestVersion {
		return fmt.Errorf("it has version %d, this program knows %d", m.Version, manifestVersion)
	}
	sum := m.Sum
	if err := m.seal(); err != nil {
		return err
	}
	if m.Sum != sum {
		return errors.New("it does not match its checksum")
	}
	if m.Slot != slot {
		return fmt.Errorf("it is of slot %d", m.Slot)
	}
	for i := range m.Parts {
		p := &m.Parts[i]
		if p.First == 0 || p.Last < p.First || filepath.Base(p.Log.Name) != p.Log.Name {
			return fmt.Errorf("part %d is malformed", i)
		}
		if i > 0 && (p.First != m.Parts[i-1].Last+1 || p.Prev != m.Parts[i-1].LastHash) {
			return fmt.Errorf("record %d does not follow on record %d", p.First, m.Parts[i-1].Last)
		}
	}
	return nil
}

// seal computes the checksum.
func (m *manifest) seal() error {
	bare := *m
	bare.Sum = ""
	data, err := json.Marshal(&bare)
	if err != nil {
		return err
	}
	m.Sum = fmt.Sprintf("%x", sha256.Sum256(data))
	return nil
}

// readManifest reads the manifest in the folder; an empty one with a nil info
// when there is none.
func readManifest(folder string, slot uint16) (*manifest, fs.FileInfo, error) {
	path := filepath.Join(folder, manifestName)
	m := &manifest{Version: manifestVersion, Slot: slot}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, nil, err
	}
	if err := json.NewDecoder(file).Decode(m); err != nil {
		return nil, nil, broken("%s: %v; restore it from a copy of the archive", path, err)
	}
	if err := m.check(slot); err != nil {
		return nil, nil, broken("%s: %v; restore it from a copy of the archive", path, err)
	}
	return m, info, nil
}

// write replaces the manifest in the folder: after a crash it is the old one
// or the new one.
func (m *manifest) write(folder string, sync disk) error {
	if err := m.seal(); err != nil {
		return err
	}
	data, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return err
	}
	path := filepath.Join(folder, manifestName)
	file, err := os.OpenFile(path+partSuffix, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(append(data, '\n'))
	if err = errors.Join(err, sync(file), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(path+partSuffix, path); err != nil {
		return err
	}
	return syncFolder(folder, sync)
}

// broken says that the content of the folder differs from what was written
// there.
func broken(format string, args ...any) error {
	return fmt.Errorf("%w: archive: %s", engine.ErrBroken, fmt.Sprintf(format, args...))
}

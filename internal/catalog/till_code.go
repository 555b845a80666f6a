package catalog

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"strings"
	"time"
)

const (
	// TillCodeMost is how long a pairing code of a till may be used.
	TillCodeMost = time.Hour

	// tillCodeLength letters of codeLetters are 43 bits. Anybody may try one, so callers bound
	// how often.
	tillCodeLength = 10
)

// ErrCodeUsed says that a pairing code was used. Nothing was stored; a person makes another one.
var ErrCodeUsed = errors.New("the code was used; make another one")

// TillCode is a pairing code as it is stored with a till, not in the log.
type TillCode struct {
	// Hash is the SHA-256 of the code, none when there is no code.
	Hash []byte `json:"hash,omitempty"`
	// Expires is when it ends, used or not.
	Expires Moment `json:"expires,omitzero"`
	// Epoch is the one that it was used for, "" as long as it was not, and File the file, as it called itself.
	Epoch string `json:"epoch,omitempty"`
	File  string `json:"file,omitempty"`
}

// is reports that there is a code that has not ended.
func (c *TillCode) is(at time.Time) bool { return len(c.Hash) > 0 && at.Before(c.Expires.Time) }

// MakeCode makes a code that pairs one file with a till, in place of an earlier one, and returns
// it with its end. It is not stored and cannot be shown again. ErrUnknown: there is no such
// till.
func (d Tills) MakeCode(ctx context.Context, tenant, id string) (code string, expires time.Time, err error) {
	if code, err = d.newCode(tillCodeLength); err != nil {
		return "", time.Time{}, err
	}
	err = d.store.write(ctx, d.now, func(w *write) error {
		is, err := tillKind.must(&w.read, tenant, id)
		if err != nil {
			return err
		}
		expires = w.time().Add(TillCodeMost)
		is.Code = TillCode{Hash: hashCode(code), Expires: Moment{expires}}
		return tillKind.keep(w, is)
	})
	if err != nil {
		return "", time.Time{}, during(err, "make a code for till %q", id)
	}
	return code[:tillCodeLength/2] + "-" + code[tillCodeLength/2:], expires, nil
}

// ByCode returns the till of any tenant that a code is for, in whatever case it was typed and with
// dashes and blanks or without. Nothing is stored. A code that was used is found too: the Epoch of
// the till's Code says for which pairing. ErrUnknown: it is no code, has ended, or was replaced.
func (d Tills) ByCode(ctx context.Context, code string) (Till, error) {
	t, err := d.findByCode(ctx, code)
	return result(t, err, "look for the till of a code")
}

func (d Tills) findByCode(ctx context.Context, code string) (Till, error) {
	unknown := &UnknownError{What: "code", ID: code}
	if !isTillCode(plainCode(code)) {
		return Till{}, unknown
	}
	hash := hashCode(code)
	like := "%" + base64.StdEncoding.EncodeToString(hash) + "%" // so that no other row is read
	all, err := d.list(ctx, func(r *read) ([]Till, error) { return tillKind.find(r, `due > 0 AND progress LIKE ?`, like) })
	if err != nil {
		return Till{}, err
	}
	for i := range all {
		if c := &all[i].Code; c.is(d.now()) && subtle.ConstantTimeCompare(c.Hash, hash) == 1 {
			return all[i], nil
		}
	}
	return Till{}, unknown
}

// UseCode uses a code up for a file: the till that it is for has the epoch from now on, and is returned.
// The same code for the same epoch again is no change. A code that this file used for the epoch
// instead, which nobody has, counts as not used. ErrCodeUsed: it was used for another one; other
// refusals are those of ByCode.
func (d Tills) UseCode(ctx context.Context, code, file, epoch, instead string) (Till, error) {
	var used Till
	err := checkTillEpoch(epoch)
	if err == nil && epoch == "" {
		err = &InvalidError{Field: "epoch", Reason: "must be given"}
	}
	if err == nil {
		used, err = d.findByCode(ctx, code)
	}
	if err == nil {
		err = d.store.write(ctx, d.now, func(w *write) error {
			is, err := tillKind.must(&w.read, used.Tenant, used.ID)
			switch {
			case err != nil:
				return err
			case subtle.ConstantTimeCompare(is.Code.Hash, hashCode(code)) != 1 || !is.Code.is(w.time()):
				return &UnknownError{What: "code", ID: code} // it was replaced meanwhile
			case is.Code.Epoch == epoch:
				used = *is
				return nil
			case is.Code.Epoch != "" && (is.Code.Epoch != instead || is.Code.File != file):
				return ErrCodeUsed
			}
			used = *is
			used.Epoch, used.Code.Epoch, used.Code.File, used.Heard = epoch, epoch, file, TillHeard{}
			return tillKind.put(w, &used, is)
		})
	}
	return result(used, err, "use a pairing code")
}

// isTillCode reports whether a plain code can be one of a till: nothing else is looked for.
func isTillCode(plain string) bool {
	return len(plain) == tillCodeLength && strings.Trim(plain, codeLetters) == ""
}

// hashCode is the stored form of a code.
func hashCode(code string) []byte {
	hash := sha256.Sum256([]byte(plainCode(code)))
	return hash[:]
}

// Ends is when a code that was not used ends, zero when there is none.
func (c *TillCode) Ends() time.Time {
	if c.Epoch != "" {
		return time.Time{}
	}
	return c.Expires.Time
}

// Package outside is what sinks, sources and relays share: kinds of outside systems, their secrets, and positions in a log.
package outside

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/server/kit"
)

// SecretKeyBytes is how long the key is that secrets are encrypted with.
const SecretKeyBytes = 32

// Sealer encrypts secrets of sinks with a key that is not in the database. A nil Sealer
// cannot.
type Sealer struct {
	aead cipher.AEAD
	mark [sha256.Size]byte // another key, for the fingerprints of requests
}

// ParseSealer reads a key: Base64 of SecretKeyBytes.
func ParseSealer(text string) (*Sealer, error) {
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(key) != SecretKeyBytes {
		return nil, fmt.Errorf("must be Base64 of %d bytes, as \"openssl rand -base64 %d\" makes", SecretKeyBytes, SecretKeyBytes)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	s := &Sealer{mark: sha256.Sum256(append([]byte("holdfast request print\x00"), key...))}
	s.aead, err = cipher.NewGCM(block)
	return s, err
}

// errSealed says that a secret was sealed with another key, or belongs to another sink.
var errSealed = errors.New("the secret cannot be read: HOLDFAST_SECRET_KEY is missing, or not the key that it was stored with")

// Seal encrypts a secret of a sink. It cannot be read as the secret of another sink.
func (s *Sealer) Seal(tenant, sink, secret string) ([]byte, error) {
	if s == nil {
		return nil, kit.ErrNoSealer
	}
	nonce := make([]byte, s.aead.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return nil, fmt.Errorf("draw random bytes: %w", err)
	}
	return s.aead.Seal(nonce, nonce, []byte(secret), sealOwner(tenant, sink)), nil
}

// Open returns the sealed secret, or errSealed.
func (s *Sealer) Open(tenant, sink string, sealed []byte) (string, error) {
	if s == nil || len(sealed) < s.aead.NonceSize() {
		return "", errSealed
	}
	n := s.aead.NonceSize()
	secret, err := s.aead.Open(nil, sealed[:n], sealed[n:], sealOwner(tenant, sink))
	if err != nil {
		return "", errSealed
	}
	return string(secret), nil
}

// Print replaces a secret in the fingerprint of a request: nobody can find the secret by trying.
func (s *Sealer) Print(secret string) string {
	if s == nil {
		return "" // it is refused
	}
	mac := hmac.New(sha256.New, s.mark[:])
	mac.Write([]byte(secret))
	return hex.EncodeToString(mac.Sum(nil))
}

func sealOwner(tenant, sink string) []byte { return []byte(tenant + "\x00" + sink) }

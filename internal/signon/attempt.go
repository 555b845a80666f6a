package signon

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"
)

// AttemptMost is how long a sign-in may take.
const AttemptMost = 10 * time.Minute

// attempt is a sign-in under way. The browser that began it keeps it, sealed.
type attempt struct {
	State    string `json:"s"`
	Nonce    string `json:"n"`
	Verifier string `json:"v"` // of PKCE
	Callback string `json:"c"`
	Back     string `json:"b"` // where the person wanted to go
	Begun    int64  `json:"t"` // in seconds
}

// sealer seals attempts. All servers with the same client have the same key.
type sealer struct{ aead cipher.AEAD }

func newSealer(c *Config) (*sealer, error) {
	key, err := hkdf.Key(sha256.New, []byte(c.Secret), nil, "holdfast sign-in\x00"+c.Issuer+"\x00"+c.ClientID, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	return &sealer{aead}, err
}

func (s *sealer) seal(a *attempt) (string, error) {
	plain, err := json.Marshal(a)
	if err != nil {
		return "", err
	}
	nonce := make([]byte, s.aead.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return "", fmt.Errorf("draw random bytes: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(s.aead.Seal(nonce, nonce, plain, nil)), nil
}

// open returns the sealed attempt, ErrStale when it is not from this installation.
func (s *sealer) open(text string) (*attempt, error) {
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	n := s.aead.NonceSize()
	if err != nil || len(sealed) < n {
		return nil, ErrStale
	}
	plain, err := s.aead.Open(nil, sealed[:n], sealed[n:], nil)
	if err != nil {
		return nil, ErrStale
	}
	a := new(attempt)
	if err := json.Unmarshal(plain, a); err != nil {
		return nil, ErrStale
	}
	return a, nil
}

// draw is 32 random bytes as text.
func draw() (string, error) {
	var b [32]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", fmt.Errorf("draw random bytes: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b[:]), nil
}

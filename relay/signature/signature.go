// Package signature signs posted bodies by Standard Webhooks 1.0.0: events of sinks and notices of
// alerts.
package signature

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Signer signs with one secret.
type Signer func(content []byte) string

// Secrets come as "whsec_" and the key of an HMAC, or "whsk_" and an ed25519 key,
// each in base64.
const (
	symmetric  = "whsec_"
	asymmetric = "whsk_"
)

var errSecret = errors.New("a secret is whsec_ or whsk_ and base64")

// New reads a secret. Errors do not show it.
func New(secret string) (Signer, error) {
	if text, ok := strings.CutPrefix(secret, symmetric); ok {
		key, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(key) == 0 {
			return nil, errSecret
		}
		return func(content []byte) string {
			mac := hmac.New(sha256.New, key)
			mac.Write(content)
			return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
		}, nil
	}
	text, ok := strings.CutPrefix(secret, asymmetric)
	if !ok {
		return nil, errSecret
	}
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, errSecret
	}
	var private ed25519.PrivateKey
	switch len(key) {
	case ed25519.SeedSize:
		private = ed25519.NewKeyFromSeed(key)
	case ed25519.PrivateKeySize:
		private = key
	default:
		return nil, fmt.Errorf("%w of %d or %d bytes", errSecret, ed25519.SeedSize, ed25519.PrivateKeySize)
	}
	return func(content []byte) string {
		return "v1a," + base64.StdEncoding.EncodeToString(ed25519.Sign(private, content))
	}, nil
}

// Sign sets the headers that prove to a receiver that the sender of a body has a secret: Webhook-Id,
// Webhook-Timestamp and Webhook-Signature, which has a signature by each secret.
func Sign(h http.Header, signers []Signer, id string, at time.Time, body []byte) {
	id = strings.ReplaceAll(id, ".", "_") // the dot separates the signed parts
	h.Set("Webhook-Id", id)
	h.Set("Webhook-Timestamp", strconv.FormatInt(at.Unix(), 10))
	h.Set("Webhook-Signature", Of(signers, id, at, body))
}

// Of returns the signatures of a body by all secrets, in the form of the header.
func Of(signers []Signer, id string, at time.Time, body []byte) string {
	content := append([]byte(id+"."+strconv.FormatInt(at.Unix(), 10)+"."), body...)
	all := make([]string, 0, len(signers))
	for _, s := range signers {
		all = append(all, s(content))
	}
	return strings.Join(all, " ")
}

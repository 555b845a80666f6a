package signon

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

// skew is how much the clocks of the provider and of this server may differ.
const skew = time.Minute

// verify returns the token that the provider has signed for this client, and not too
// long ago.
func (p *Provider) verify(ctx context.Context, k *providerInfo, raw string) (*oidc.IDToken, error) {
	keys := noting{KeySet: k.keys}
	now := p.now()
	id, err := oidc.NewVerifier(p.config.Issuer, &keys, &oidc.Config{
		ClientID: p.config.ClientID, SupportedSigningAlgs: k.algorithms, Now: func() time.Time { return now.Add(-skew) },
	}).Verify(ctx, raw)
	expired, isExpired := errors.AsType[*oidc.TokenExpiredError](err)
	switch {
	case isExpired:
		return nil, fmt.Errorf("%w: the token has expired at %s", ErrClock, expired.Expiry.UTC().Format(time.RFC3339))
	case keys.isUnreachable():
		return nil, fmt.Errorf("%w: its keys cannot be read", ErrAway)
	case err != nil:
		return nil, fmt.Errorf("%w: %s", ErrToken, clip(err))
	case id.IssuedAt.After(now.Add(skew)):
		return nil, fmt.Errorf("%w: the token is of %s", ErrClock, id.IssuedAt.UTC().Format(time.RFC3339))
	case id.Subject == "":
		return nil, fmt.Errorf("%w: it is about nobody", ErrToken)
	}
	return id, nil
}

// signatures are the algorithms that tokens may be signed with: those of the provider
// whose key is not a shared secret.
func signatures(offered []string) []string {
	public := []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.EdDSA}
	fine := slices.DeleteFunc(public, func(known string) bool { return !slices.Contains(offered, known) })
	if len(fine) == 0 {
		return []string{oidc.RS256}
	}
	return fine
}

// noting keeps why keys could not be used, which the verifier turns into text.
type noting struct {
	oidc.KeySet
	err error
}

// VerifySignature verifies as the keys do.
func (n *noting) VerifySignature(ctx context.Context, jwt string) ([]byte, error) {
	payload, err := n.KeySet.VerifySignature(ctx, jwt)
	n.err = err
	return payload, err
}

// isUnreachable reports whether the keys could not be fetched.
func (n *noting) isUnreachable() bool {
	return n.err != nil && strings.HasPrefix(n.err.Error(), "fetching keys")
}

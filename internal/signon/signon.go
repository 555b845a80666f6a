package signon

import (
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"holdfast.dev/holdfast/internal/catalog"
)

// Begin starts a sign-in. It returns the provider's page that the browser goes to, and the
// sealed attempt that the browser keeps until it comes back to callback. back is where the
// person goes then.
func (p *Provider) Begin(ctx context.Context, callback, back string) (page, sealed string, err error) {
	k, err := p.discover(ctx)
	if err != nil {
		return "", "", err
	}
	a := attempt{Verifier: oauth2.GenerateVerifier(), Callback: callback, Back: back, Begun: p.now().Unix()}
	if a.State, err = draw(); err != nil {
		return "", "", err
	}
	if a.Nonce, err = draw(); err != nil {
		return "", "", err
	}
	if sealed, err = p.seal.seal(&a); err != nil {
		return "", "", fmt.Errorf("seal a sign-in: %w", err)
	}
	oauth := k.oauth
	oauth.RedirectURL = callback
	return oauth.AuthCodeURL(a.State, oidc.Nonce(a.Nonce), oauth2.S256ChallengeOption(a.Verifier)), sealed, nil
}

// Finish ends a sign-in with the attempt that the browser kept and the answer that it
// brings back from the provider. It returns the person, and where the person wanted
// to go; the latter also with an error, if it is known.
func (p *Provider) Finish(ctx context.Context, sealed string, answer url.Values) (who catalog.Person, back string, err error) {
	a, err := p.seal.open(sealed)
	if err != nil {
		return who, "", err
	}
	age := p.now().Sub(time.Unix(a.Begun, 0))
	if !hmac.Equal([]byte(a.State), []byte(answer.Get("state"))) || age < -skew || age > AttemptMost {
		return who, a.Back, ErrStale
	}
	k, err := p.discover(ctx)
	if err != nil {
		return who, a.Back, err
	}
	if iss := answer.Get("iss"); iss != p.config.Issuer && (iss != "" || k.saysIssuer) {
		return who, a.Back, fmt.Errorf("%w: the answer is of another issuer", ErrToken)
	}
	if said := answer.Get("error"); said != "" {
		return who, a.Back, refusal(said)
	}
	who, err = p.redeem(oidc.ClientContext(ctx, p.client), k, a, answer.Get("code"))
	return who, a.Back, err
}

// refusal is the meaning of an error code in the provider's answer. The text next to
// the code may come from anybody: it is not passed on.
func refusal(code string) error {
	switch code {
	case "access_denied", "login_required", "interaction_required", "account_selection_required", "consent_required":
		return ErrRefused
	case "temporarily_unavailable", "server_error":
		return fmt.Errorf("%w: it says %s", ErrAway, code)
	}
	return fmt.Errorf("%w: it says %q", ErrSetup, clip(errors.New(code)))
}

// redeem exchanges the code for a token and returns who that is about.
func (p *Provider) redeem(ctx context.Context, k *providerInfo, a *attempt, code string) (catalog.Person, error) {
	oauth := k.oauth
	oauth.RedirectURL = a.Callback
	token, err := oauth.Exchange(ctx, code, oauth2.VerifierOption(a.Verifier))
	if err != nil {
		return catalog.Person{}, exchangeError(err)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return catalog.Person{}, fmt.Errorf("%w: there is no id_token", ErrSetup)
	}
	id, err := p.verify(ctx, k, raw)
	if err != nil {
		return catalog.Person{}, err
	}
	if !hmac.Equal([]byte(id.Nonce), []byte(a.Nonce)) {
		return catalog.Person{}, fmt.Errorf("%w: it is about another sign-in", ErrToken)
	}
	said, err := p.claimsOf(ctx, k, id, token)
	if err != nil {
		return catalog.Person{}, err
	}
	return p.person(id.Subject, said)
}

// exchangeError is the meaning of an error of the token endpoint. Its body may have
// secrets: only its code is passed on.
func exchangeError(err error) error {
	said, ok := errors.AsType[*oauth2.RetrieveError](err)
	switch {
	case !ok:
		return fmt.Errorf("%w: %s", ErrAway, clip(err))
	case said.ErrorCode == "invalid_grant":
		return ErrCode
	case said.Response != nil && said.Response.StatusCode >= 500:
		return fmt.Errorf("%w: its token endpoint answers %d", ErrAway, said.Response.StatusCode)
	case said.Response != nil:
		return fmt.Errorf("%w: its token endpoint answers %d %q", ErrSetup, said.Response.StatusCode, clip(errors.New(said.ErrorCode)))
	}
	return fmt.Errorf("%w: its token endpoint says %q", ErrSetup, clip(errors.New(said.ErrorCode)))
}

package signontest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// tokenLife is how long its tokens are valid.
const tokenLife = 5 * time.Minute

// authorize asks the person.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("client_id") != p.ClientID || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" || q.Get("state") == "" {
		http.Error(w, "a bad request: "+r.URL.RawQuery, http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	raw := html.EscapeString(r.URL.RawQuery)
	fmt.Fprintf(w, `<!doctype html><html lang="en"><title>Identity provider</title><h1>Identity provider</h1>
<p><a href="/agree?%s">Continue as %s</a> <a href="/refuse?%s">Cancel</a></p>`, raw, html.EscapeString(p.behaviour().Person.Name), raw)
}

func (p *Provider) agree(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	code := rand.Text()
	p.mu.Lock()
	if !p.does.Forgets {
		p.codes[code] = grant{redirect: q.Get("redirect_uri"), nonce: q.Get("nonce"), challenge: q.Get("code_challenge")}
	}
	p.mu.Unlock()
	p.redirectBack(w, r, "code", code)
}

func (p *Provider) refuse(w http.ResponseWriter, r *http.Request) {
	p.redirectBack(w, r, "error", "access_denied")
}

// redirectBack leads the browser back.
func (p *Provider) redirectBack(w http.ResponseWriter, r *http.Request, name, value string) {
	q := r.URL.Query()
	at := q.Get("redirect_uri") + "?" + url.Values{name: {value}, "state": {q.Get("state")}, "iss": {p.behaviour().Issuer}}.Encode()
	http.Redirect(w, r, at, http.StatusFound)
}

// token redeems a code, once.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	b := p.behaviour()
	if !p.isAuthentic(r, b.Post) {
		answer(w, http.StatusUnauthorized, map[string]string{"error": "invalid_client"})
		return
	}
	code := r.PostFormValue("code")
	p.mu.Lock()
	g, ok := p.codes[code]
	delete(p.codes, code)
	p.mu.Unlock()
	proof := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !ok || r.PostFormValue("redirect_uri") != g.redirect || base64.RawURLEncoding.EncodeToString(proof[:]) != g.challenge {
		answer(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant", "error_description": "the code " + code + " is none"})
		return
	}
	answer(w, http.StatusOK, map[string]any{"access_token": "access-of-" + b.Person.Subject, "token_type": "Bearer", "expires_in": 300, "id_token": p.idToken(&b, g.nonce)})
}

// isAuthentic reports whether the client shows its secret where it belongs.
func (p *Provider) isAuthentic(r *http.Request, post bool) bool {
	id, secret, basic := r.BasicAuth()
	if basic == post {
		return false
	}
	if post {
		return r.PostFormValue("client_id") == p.ClientID && r.PostFormValue("client_secret") == p.Secret
	}
	return id == url.QueryEscape(p.ClientID) && secret == url.QueryEscape(p.Secret)
}

func (b *Behaviour) claims() map[string]any {
	return map[string]any{
		"sub": b.Person.Subject, "name": b.Person.Name, "email": b.Person.Email, "email_verified": !b.Person.Unverified, "groups": b.Person.Groups,
	}
}

func (p *Provider) idToken(b *Behaviour, nonce string) string {
	now := b.Now().Add(b.Ahead)
	said := b.claims()
	if b.Thin {
		said = map[string]any{"sub": b.Person.Subject}
	}
	said["iss"], said["aud"], said["nonce"] = b.Issuer, p.ClientID, nonce
	said["iat"], said["exp"] = now.Unix(), now.Add(tokenLife).Unix()
	for name, other := range map[string]string{"iss": b.TokenIssuer, "aud": b.Audience, "nonce": b.Nonce} {
		if other != "" {
			said[name] = other
		}
	}
	p.mu.Lock()
	key, id := p.key, p.keyID
	p.mu.Unlock()
	if b.Forged {
		key = forged()
	}
	if b.Unsigned {
		return part(map[string]string{"alg": "none"}) + "." + part(said) + "."
	}
	signed := part(map[string]string{"alg": "RS256", "kid": strconv.Itoa(id)}) + "." + part(said)
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func part(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // they are texts and numbers
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

func (p *Provider) userinfo(w http.ResponseWriter, r *http.Request) {
	b := p.behaviour()
	if strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ") != "access-of-"+b.Person.Subject {
		answer(w, http.StatusUnauthorized, map[string]string{"error": "invalid_token"})
		return
	}
	said := b.claims()
	if b.Liar {
		said["sub"] = "somebody-else"
	}
	answer(w, http.StatusOK, said)
}

// logout ends the session at the provider, and offers the way back.
func (p *Provider) logout(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("client_id") != p.ClientID {
		http.Error(w, "a bad request", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, `<!doctype html><html lang="en"><title>Signed out</title><h1>Signed out at the provider</h1><p><a href="%s">Back</a></p>`,
		html.EscapeString(r.URL.Query().Get("post_logout_redirect_uri")))
}

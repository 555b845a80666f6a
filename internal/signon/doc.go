// Package signon lets people sign in at an identity provider that speaks OpenID Connect:
// the authorization code flow with PKCE. It knows the provider and says who a person is,
// and what the groups there give. Sessions are the catalog's, pages and cookies the server's.
//
// A sign-in under way is kept by the browser that began it, sealed with a key made of
// the client secret: every node that has the same settings finishes what another began,
// and nothing is stored for those who never come back.
package signon

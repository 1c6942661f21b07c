#!/usr/bin/env bash
# How a relying party signs somebody in: the authorization code flow with PKCE, by curl, against `doorward dev`.
# Needs curl, openssl and jq. A person has to open one address in a browser; everything else happens here.
#
# A library does the same and verifies the ID token's signature as well; this script only shows what is in it.
set -euo pipefail

issuer=${1:-http://localhost:8080}
client_id=${2:-demo-native}
redirect_uri=${3:-http://127.0.0.1:7070/callback}

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
random() { openssl rand 32 | base64url; }
claims() { jq -R 'split(".")[1] | gsub("-"; "+") | gsub("_"; "/") | @base64d | fromjson'; }
escaped() { jq -nr --arg text "$1" '$text | @uri'; }
member() { jq -er --arg name "$1" '.[$name]'; }

metadata=$(curl -sSf "$issuer/.well-known/openid-configuration")

# One state, nonce and verifier for each login; the challenge is the verifier's SHA-256.
state=$(random) nonce=$(random) verifier=$(random)
challenge=$(printf %s "$verifier" | openssl dgst -sha256 -binary | base64url)

echo "Open this address in a browser and sign in:"
echo
printf '%s?response_type=code&client_id=%s&redirect_uri=%s&scope=%s&state=%s&nonce=%s&code_challenge=%s&code_challenge_method=S256\n' \
  "$(member authorization_endpoint <<<"$metadata")" "$client_id" "$(escaped "$redirect_uri")" \
  "$(escaped 'openid profile email offline_access')" "$state" "$nonce" "$challenge"
echo
echo "The browser ends at $redirect_uri, where nobody listens. Paste that whole address here, within a minute:"
read -r answer

parameter() { sed -n "s/.*[?&]$1=\([^&#]*\).*/\1/p" <<<"$answer"; }
[[ $(parameter state) == "$state" ]] || { echo "this is not the answer to our request (state)" >&2; exit 1; }
[[ $(parameter iss) == "$(escaped "$issuer")" ]] || { echo "this is not the answer of our issuer (iss)" >&2; exit 1; }
[[ -n $(parameter code) ]] || { echo "refused: $(parameter error)" >&2; exit 1; }

token_endpoint=$(member token_endpoint <<<"$metadata")
tokens=$(curl -sS "$token_endpoint" -d grant_type=authorization_code -d client_id="$client_id" \
  -d code="$(parameter code)" -d code_verifier="$verifier" --data-urlencode redirect_uri="$redirect_uri")
echo; echo "Tokens:"; jq '. + {access_token: "…", id_token: "…", refresh_token: "…"}' <<<"$tokens"

id_token=$(member id_token <<<"$tokens")
echo "ID token:"; claims <<<"$id_token"
[[ $(claims <<<"$id_token" | member nonce) == "$nonce" ]] || { echo "not the answer to our request (nonce)" >&2; exit 1; }

echo "Userinfo:"
curl -sS "$(member userinfo_endpoint <<<"$metadata")" -H "Authorization: Bearer $(member access_token <<<"$tokens")" | jq

echo "Refreshed:"
refreshed=$(curl -sS "$token_endpoint" -d grant_type=refresh_token -d client_id="$client_id" \
  -d refresh_token="$(member refresh_token <<<"$tokens")")
member id_token <<<"$refreshed" | claims

echo "Revoking the refresh token ends the grant; userinfo then says:"
curl -sS "$(member revocation_endpoint <<<"$metadata")" -d client_id="$client_id" \
  -d token="$(member refresh_token <<<"$refreshed")"
curl -sS "$(member userinfo_endpoint <<<"$metadata")" -H "Authorization: Bearer $(member access_token <<<"$refreshed")" | jq

echo "And to sign out of Doorward itself, in the browser:"
echo "$(member end_session_endpoint <<<"$metadata")?id_token_hint=$id_token"

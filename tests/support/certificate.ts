/** A certificate for `push.example`, signed by itself. Nothing but tests trusts it, so its key opens nothing. */

/** The certificate. */
export const certificate = `-----BEGIN CERTIFICATE-----
MIIBpDCCAUqgAwIBAgIUTMBN/tdMwLKpp6EtFNATedv5z5QwCgYIKoZIzj0EAwIw
FzEVMBMGA1UEAwwMcHVzaC5leGFtcGxlMCAXDTI2MTEyNTE4NTMzMloYDzIxMjYx
MTAxMTg1MzMyWjAXMRUwEwYDVQQDDAxwdXNoLmV4YW1wbGUwWTATBgcqhkjOPQIB
BggqhkjOPQMBBwNCAATCmsOZHyRy/rYNVhiO7tcd2XkUgvttldoLWOu75AiSk8ub
BaVMjZnKCwX6g/Z0BR88xbVRbWZeeEnJWuDErxp6o3IwcDAdBgNVHQ4EFgQUR8PB
cmJQvub5v16MWLakAycF2kIwHwYDVR0jBBgwFoAUR8PBcmJQvub5v16MWLakAycF
2kIwDwYDVR0TAQH/BAUwAwEB/zAdBgNVHREEFjAUggxwdXNoLmV4YW1wbGWHBH8A
AAEwCgYIKoZIzj0EAwIDSAAwRQIgegVY0rIKr8eMaTzqwimzTFAOdnwZESc9ImTR
MhpNCnACIQCY2P6cQvbXJ3VGkcZCnV+wBo2dtYgWiR2jWDLvgbLvOw==
-----END CERTIFICATE-----`;

/** Its key. */
export const certificateKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgYQeNU/sRsAkHG1h0
8wS3FF5Gm7IeCToipxto8tgtIoGhRANCAATCmsOZHyRy/rYNVhiO7tcd2XkUgvtt
ldoLWOu75AiSk8ubBaVMjZnKCwX6g/Z0BR88xbVRbWZeeEnJWuDErxp6
-----END PRIVATE KEY-----`;

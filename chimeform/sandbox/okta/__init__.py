"""An Okta organisation under the path /okta, as far as connecting Amazon Chime to Okta needs one.

What is played: groups, people and their life cycle, the OpenID Connect client with its secrets, the app of the
integration network that provisions Amazon Chime, assignments, and group push, with tokens, pages and rate limits. What
it pushes takes effect in the sandbox's Amazon Chime accounts (`delivery`, `chime.scim`).
"""

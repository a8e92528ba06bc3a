"""Who calls, and what they may do for which partner."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

PartnerRole = Literal["viewer", "billing", "admin"]
"""`viewer` reads; `billing` also maps, prices, uploads, plans and approves; `admin` also
connects, gives tokens and changes the register."""
Role = Literal["viewer", "billing", "admin", "operator"]
_RANK: dict[Role, int] = {"viewer": 1, "billing": 2, "admin": 3, "operator": 4}


@dataclass(frozen=True, slots=True)
class Actor:
    """The holder of a valid token."""

    token_id: str
    name: str
    roles: Mapping[str, PartnerRole]
    is_operator: bool = False
    """Everything, for every partner."""

    @property
    def label(self) -> str:
        """How an audit entry names them: token names are not unique, their ids are."""
        return f"{self.name} [{self.token_id}]"

    def role_for(self, partner_id: str) -> Role | None:
        """Their role for a partner; None where that partner is not theirs to know of."""
        return "operator" if self.is_operator else self.roles.get(partner_id)

    def best_role(self) -> Role:
        """Their highest role for any partner."""
        if self.is_operator:
            return "operator"
        return max(self.roles.values(), key=lambda role: _RANK[role], default="viewer")


def suffices(role: Role, needed: Role) -> bool:
    """Tell whether a role includes another one."""
    return _RANK[role] >= _RANK[needed]

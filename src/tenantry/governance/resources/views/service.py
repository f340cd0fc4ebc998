"""Keeping filters under a name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import or_, select

from tenantry.governance.resources.permissions import GOVERN, READ
from tenantry.governance.resources.views.models import Place, SavedView
from tenantry.governance.resources.views.places import options_of, path_of
from tenantry.governance.resources.views.schemas import SavedViewIn, SavedViewPatch
from tenantry.kit.db.sessions import missing
from tenantry.kit.errors import Conflict, Forbidden, InvalidInput
from tenantry.platform.work import Work

_MOST: Final = 200


class ViewNameTaken(Conflict):
    """There is a view called {name} already. Give this one another name, or change that one."""


@dataclass(frozen=True, slots=True)
class SavedViews:
    """The views of the actor, and those that are shared."""

    work: Work

    def all(self, place: Place | None = None) -> Sequence[SavedView]:
        """By name: own ones, and those shared in the organisation."""
        self.work.actor.require(READ)
        mine = or_(SavedView.user_id == self.work.actor.user_id, SavedView.is_shared)
        query = select(SavedView).where(mine).order_by(SavedView.name_key, SavedView.id).limit(_MOST)
        return self.work.session.scalars(query if place is None else query.where(SavedView.place == place)).all()

    def get(self, view_id: UUID) -> SavedView:
        """Raises NotFound, also for one that is somebody else's own."""
        self.work.actor.require(READ)
        row = self.work.session.one(SavedView, view_id, "saved view")
        if row.user_id != self.work.actor.user_id and not row.is_shared:
            raise missing(SavedView, "saved view")
        return row

    def keep(self, wanted: SavedViewIn) -> SavedView:
        """Raises ViewNameTaken, InvalidInput for a filter that the list does not have, and Forbidden for sharing."""
        self.work.actor.require(READ)
        user_id = self.work.actor.user_id
        if user_id is None:
            raise Forbidden(permission="to be a person: a saved view has an owner")
        _require_known(wanted.place, wanted.options)
        self._require_sharing(wanted.is_shared)
        if len(self.all()) >= _MOST:
            raise Conflict(why=f"there are {_MOST} views already; delete one that nobody needs")
        row = SavedView(
            user_id=user_id,
            name=wanted.name,
            name_key=wanted.name.casefold()[:100],
            place=wanted.place,
            options={name: value for name, value in wanted.options.items() if value},
            is_shared=wanted.is_shared,
            created_at=self.work.clock.now(),
        )
        self._refuse_taken(row.name, row.user_id, None, is_shared=row.is_shared)
        self.work.session.add(row)
        self.work.session.flush()
        return row

    def change(self, view_id: UUID, wanted: SavedViewPatch) -> SavedView:
        """Raises NotFound, ViewNameTaken, InvalidInput, and Forbidden for what is not one's own to change."""
        row = self._changeable(view_id)
        self._require_sharing(bool(wanted.is_shared) and not row.is_shared)
        name = wanted.name or row.name
        is_shared = row.is_shared if wanted.is_shared is None else wanted.is_shared
        self._refuse_taken(name, row.user_id, row.id, is_shared=is_shared)
        if wanted.options is not None:
            _require_known(row.place, wanted.options)
            row.options = {key: value for key, value in wanted.options.items() if value}
        row.name, row.name_key, row.is_shared = name, name.casefold()[:100], is_shared
        self.work.session.flush()
        return row

    def delete(self, view_id: UUID) -> str:
        """Returns what it was called. Raises as change does."""
        row = self._changeable(view_id)
        self.work.session.delete(row)
        self.work.session.flush()
        return row.name

    def may_change(self, row: SavedView) -> bool:
        """One's own; and what is shared, for those who may share."""
        return row.user_id == self.work.actor.user_id or (row.is_shared and self.work.actor.may(GOVERN))

    def _changeable(self, view_id: UUID) -> SavedView:
        row = self.get(view_id)
        if not self.may_change(row):
            raise Forbidden(permission=GOVERN.name)
        return row

    def _require_sharing(self, is_shared: bool) -> None:
        if is_shared:
            self.work.actor.require(GOVERN)

    def _refuse_taken(self, name: str, user_id: UUID, own: UUID | None, *, is_shared: bool) -> None:
        """A name means one view to whoever reads it."""
        theirs = SavedView.user_id == user_id
        query = select(SavedView.id).where(
            SavedView.name_key == name.casefold()[:100], or_(theirs, SavedView.is_shared) if is_shared else theirs
        )
        if own is not None:
            query = query.where(SavedView.id != own)
        if self.work.session.scalars(query.limit(1)).first() is not None:
            raise ViewNameTaken(name=name, why="")


def unknown_options(row: SavedView) -> list[str]:
    """Filters it names that its list does not have any more."""
    return sorted(set(row.options) - options_of(row.place))


def address_of(row: SavedView) -> str:
    """Where it leads: what its list still understands, and its own id, so that the page can say what it is."""
    known = {name: value for name, value in row.options.items() if name in options_of(row.place)}
    return f"{path_of(row.place)}?{urlencode({**known, 'view': str(row.id)})}"


def _require_known(place: Place, options: Mapping[str, str]) -> None:
    if unknown := sorted(set(options) - options_of(place)):
        raise InvalidInput(
            why=f"{place.value} has no filter {unknown[0]}; it has {', '.join(sorted(options_of(place)))}"
        )

"""Expectations that describe themselves once.

GX asks an expectation for its `configuration` some 85 times a rule and validation, and builds it
anew each time by walking every field: three quarters of what GX itself costs. What is here are
subclasses that keep the answer, by the two public means that GX has: a subclass of the expectation
overrides the property, and a subclass of `ExpectationConfiguration` hands the same expectation out
again. Nothing of GX is replaced, and the results are the same.
"""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

from .hooks import Expectation, ExpectationConfiguration, PrivateAttr


class QuickConfiguration(ExpectationConfiguration):
    """A configuration that gives out one expectation, however often it is asked."""

    _expectation: Expectation | None = None

    @classmethod
    def of(
        cls, configuration: ExpectationConfiguration, expectation: Expectation | None
    ) -> QuickConfiguration:
        """The same configuration, with the expectation that it describes."""
        made = cls.__new__(cls)
        made.__dict__.update(configuration.__dict__)
        made._expectation = expectation
        return made

    def to_domain_obj(self) -> Expectation:
        """The expectation that is described."""
        if self._expectation is None:
            self._expectation = quick(super().to_domain_obj())
        return self._expectation

    def __deepcopy__(self, memo: dict[int, Any]) -> QuickConfiguration:
        """A copy that may be changed: it describes an expectation of its own."""
        made = type(self).__new__(type(self))
        state = {k: v for k, v in self.__dict__.items() if k != "_expectation"}
        made.__dict__.update(copy.deepcopy(state, memo))
        return made


def quick(expectation: Expectation) -> Expectation:
    """The same expectation, as one that describes itself once and belongs to no suite."""
    fields = {key: getattr(expectation, key) for key in expectation.__fields__}
    made: Expectation = _quick_class(type(expectation)).construct(
        set(expectation.__fields_set__), **fields
    )
    return made


@cache
def _quick_class(cls: type[Expectation]) -> type[Expectation]:
    def configuration(self: Any) -> ExpectationConfiguration:
        if self._configuration is None:
            plain = cls.configuration.fget(self)  # type: ignore[attr-defined]
            plain._type = cls.expectation_type
            self._configuration = QuickConfiguration.of(plain, self)
        found: ExpectationConfiguration = self._configuration
        return found

    namespace = {
        "__module__": cls.__module__,
        "__doc__": cls.__doc__,
        "_configuration": PrivateAttr(None),
        "configuration": property(configuration),
    }
    metaclass: Any = type(cls)
    made: type[Expectation] = metaclass(f"Quick{cls.__name__}", (cls,), namespace)
    return made

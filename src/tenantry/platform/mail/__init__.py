"""Mail: what one is made of, and how it leaves. Whoever sends one knows neither servers nor protocols."""

from tenantry.platform.mail.mailer import Mailer
from tenantry.platform.mail.message import Mail, MailAddress
from tenantry.platform.mail.transport import MailNotSetUp, MailPutOff, MailRefused

__all__ = ["Mail", "MailAddress", "MailNotSetUp", "MailPutOff", "MailRefused", "Mailer"]

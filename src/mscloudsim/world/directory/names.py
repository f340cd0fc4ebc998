"""What people are called, in the languages of the estate, and how that is written in an address."""

import unicodedata
from dataclasses import dataclass
from typing import Final

Name = tuple[str, str]
"""As people write it, and as it stands in an address."""


@dataclass(frozen=True, slots=True)
class Culture:
    """Names and places of one language."""

    language: str
    given: tuple[Name, ...]
    family: tuple[Name, ...]
    cities: tuple[str, ...]


_PLAIN: Final = str.maketrans("øØıłŁ", "oOilL", "") | {ord("ß"): "ss", ord("æ"): "ae"}


def _ascii(name: str) -> str:
    replaced = name.translate(_PLAIN)
    folded = unicodedata.normalize("NFKD", replaced)
    return "".join(letter for letter in folded if letter.isascii() and letter.isalpha()).lower()


def _names(words: str) -> tuple[Name, ...]:
    """`Müller` is folded, `Le_Goff` has a space; `山田=yamada` says itself how it is written in an address."""
    pairs = (word.partition("=") for word in words.split())
    return tuple((shown.replace("_", " "), plain or _ascii(shown)) for shown, _, plain in pairs)


def _culture(language: str, given: str, family: str, cities: str) -> Culture:
    return Culture(language, _names(given), _names(family), tuple(cities.split()))


GERMAN: Final = _culture(
    "de-DE",
    "Anna Lukas Sophie Maximilian Lea Jürgen Käthe Björn Sabine Uwe Heike Florian Günther Ines Tobias Annegret Mareike "
    "Dietmar Jörg Claudia Kai-Uwe Ann-Kathrin Moritz Steffi",
    "Müller Schmidt Weiß Schröder Krüger Hoffmann Köhler Jäger Groß Lehmann von_der_Heide Vogel Böhm Winkler Strauß "
    "Özdemir Meyer-Landrut Zimmermann Kühn Bauer Roth Pfeiffer Brandt Huber",
    "Hamburg München Köln Leipzig Stuttgart",
)
ENGLISH: Final = _culture(
    "en-GB",
    "Oliver Amelia Noah Grace Mary-Jane William Siobhán Aisha Ethan Chloe Gareth Priya Daniel Zoë Kwame Hannah Callum "
    "Niamh Joshua Olivia Tariq Emily Angus Beatrice",
    "Smith O'Brien Taylor Patel Johnson McDonald Evans Williams-Hughes Walker Khan Wright D'Souza Thompson Okafor "
    "Robinson Singh Clarke Mac_an_Bhaird Baker Nwosu Fitzgerald Hall Ward Singhania",
    "London Manchester Dublin Boston Seattle",
)
FRENCH: Final = _culture(
    "fr-FR",
    "Chloé François Léa Étienne Jean-Baptiste Inès Maëlle Théo Zoé Gaël Aurélie Benoît Cécile Noémie Rémi Hélène "
    "Mathéo Anaïs Loïc Solène Mohamed Océane Raphaël Marguerite",
    "Dubois Lefèvre Moreau Garçon Le_Goff Béranger Rousseau d'Alembert Benoît-Lacroix N'Diaye Chevalier Faure Girard "
    "Lemaître Poirier Deschâtelets Renard Guérin Bonnet Marchand Noël Perrin Ben_Ali Vasseur",
    "Paris Lyon Nantes Bruxelles Genève",
)
DUTCH: Final = _culture(
    "nl-NL",
    "Daan Sanne Bram Femke Jeroen Lieke Thijs Anouk Coen Maaike Sjoerd Noor Willem Fleur Joost Roos Ruben Eva Pim "
    "Jet Stijn Loes Gijs Merel",
    "de_Vries van_den_Berg Jansen Bakker van_'t_Hof Visser Smit Meijer de_Groot Mulder Bos Vos Peters Hendriks "
    "Dijkstra van_der_Meer Kok IJzerman Prins Huisman Postma Kuiper Veenstra Dekker",
    "Amsterdam Utrecht Rotterdam Eindhoven Antwerpen",
)
SPANISH: Final = _culture(
    "es-ES",
    "Sofía José_Luis Lucía Álvaro María Íñigo Begoña Hugo Inés Jesús Ana_María Martín Nuria Óscar Pilar Raúl Sílvia "
    "Víctor Ximena Andrés Carmen Julián Irene João",
    "García López_de_Haro Muñoz Fernández Núñez Ibáñez Martínez Peña Rodríguez Gómez y_Díaz Castaño Zúñiga Vázquez "
    "Jiménez Ordóñez Sáez Ruiz-Picasso Cabañas Etxeberria Puig Gonçalves Araújo Conceição",
    "Madrid Bilbao Sevilla Lisboa Porto",
)
ITALIAN: Final = _culture(
    "it-IT",
    "Giulia Lorenzo Niccolò Chiara Matteo Alessia Gian_Marco Beatrice Davide Elisa Fabrizio Ginevra Ilaria Jacopo "
    "Ludovica Mirko Noemi Pasquale Rocco Serena Tommaso Ugo Viola Zeno",
    "Rossi De_Luca Esposito D'Angelo Ferrari Bianchi Colombo Della_Valle Ricci Marino Greco Bruno Gallo Conti Costa "
    "Giordano Mancini Rizzo Lombardi Moretti Barbieri Fontana Santoro Nicolò",
    "Milano Torino Bologna Roma Napoli",
)
NORDIC: Final = _culture(
    "sv-SE",
    "Åsa Bjørn Søren Freja Mikkel Æsa Linnéa Göran Håkon Ingrid Jørgen Kåre Lærke Mårten Nils Øyvind Pia Ragnhild "
    "Sølvi Þóra=thora Ulf Väinö Päivi Tuulikki",
    "Eriksson Ødegård Sørensen Åkesson Virtanen Nyström Bjørnstad Hämäläinen Kjær Lindqvist Møller Nygård Østergaard "
    "Sjöberg Þorsteinsdóttir=thorsteinsdottir Ängström Wikström Holm Dahl Strøm Lund Berg Hansen Mäkinen",
    "Stockholm Oslo København Helsinki Göteborg",
)
POLISH: Final = _culture(
    "pl-PL",
    "Agnieszka Łukasz Małgorzata Paweł Katarzyna Stanisław Zofia Michał Bożena Grzegorz Iwona Jędrzej Kinga Leszek "
    "Mścisław Natalia Olgierd Róża Sławomir Tadeusz Urszula Wojciech Żaneta Jiří",
    "Kowalski Wiśniewska Wójcik Kamińska Łuczak Dąbrowski Zieliński Szymańska Woźniak Kozłowski Jabłońska Mazur "
    "Krawczyk Piotrowska Grabowski Nowakowska Pawłowski Michalska Święch Żółkiewski Ćwik Novák Dvořák Świątek",
    "Warszawa Kraków Gdańsk Wrocław Praha",
)
JAPANESE: Final = _culture(
    "ja-JP",
    "陽子=yoko 健太=kenta さくら=sakura 大輔=daisuke 美咲=misaki 翔=sho 結衣=yui 拓海=takumi 愛=ai 蓮=ren "
    "真由美=mayumi 浩=hiroshi 麻衣=mai 直樹=naoki 花子=hanako 誠=makoto",
    "山田=yamada 佐藤=sato 鈴木=suzuki 高橋=takahashi 田中=tanaka 渡辺=watanabe 伊藤=ito 中村=nakamura 小林=kobayashi "
    "加藤=kato 吉田=yoshida 髙木=takagi 斎藤=saito 松本=matsumoto 井上=inoue 長谷川=hasegawa",
    "東京 大阪 京都 名古屋 福岡",
)
WORLD: Final = _culture(
    "en-US",
    "Дмитро=dmytro Ольга=olga Νίκος=nikos Ελένη=eleni محمد=mohammed فاطمة=fatima דוד=david 伟=wei 秀英=xiuying "
    "Nguyễn_Thị=nguyenthi Ayşe Hüseyin Dragoş Željko Çağla Máté Ji-woo Thandiwe Sreeja Keanu",
    "Шевченко=shevchenko Коваленко=kovalenko Παπαδόπουλος=papadopoulos العلي=alali כהן=cohen 王=wang 李=li Trần Yılmaz "
    "Şahin Đorđević Horváth Țepeș Kim Mbeki Subramaniam Kahananui Petrović Özgür Szabó",
    "Kyiv Αθήνα Istanbul Singapore Toronto",
)

CULTURES: Final[dict[str, Culture]] = {
    "DE": GERMAN, "AT": GERMAN, "CH": GERMAN, "US": ENGLISH, "GB": ENGLISH, "IE": ENGLISH, "CA": ENGLISH,
    "FR": FRENCH, "BE": FRENCH, "NL": DUTCH, "ES": SPANISH, "PT": SPANISH, "IT": ITALIAN, "SE": NORDIC,
    "DK": NORDIC, "NO": NORDIC, "FI": NORDIC, "PL": POLISH, "JP": JAPANESE,
}  # fmt: skip
ELSEWHERE: Final = (ENGLISH, FRENCH, SPANISH, POLISH, NORDIC, WORLD, WORLD, GERMAN)

HOSTILE: Final = (
    "<script>alert('x')</script>",
    '=HYPERLINK("http://evil.example","Click")',
    "Robert'); DROP TABLE users;--",
    "Right\u202eToLeft\u202c Override",
    "Tab\tand\x07bell",
    "+1-555 @SUM(A1:A9)",
    "Zero\u200bWidth \U0001f469\u200d\U0001f4bb",
    '"><img src=x onerror=alert(1)>',
    "-2+3+cmd|' /C calc'!A0",
    "{{7*7}} ${7*7} <%= 7*7 %>",
    "Line\nbreak \x1b[31mred\x1b[0m",
    "A" * 256,
)
"""Names that real tenants contain sooner or later, and that break pages, spreadsheets and logs that trust them."""
